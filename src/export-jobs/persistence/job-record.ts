import type { ExportLevel, ExportTarget } from './export-target';
import type { ExportParameters } from './job-parameters';
import type { JobRow } from './job.entity';
import type { PartKind, PartType } from './part.entity';

/** Where a job stands in time, by the timer of the service, when its record is read. */
export interface JobTimes {
  /** Seconds since the kick-off. */
  readonly age: number;
  /** Seconds until the next poll is welcome; none are left where this is not positive. */
  readonly untilPoll: number;
  /** Seconds until the files are gone; undefined while the job has not ended. */
  readonly untilEnd: number | undefined;
  /** The time of day at which the files will be gone. */
  readonly expires: Date | undefined;
}

/** A job as requests see it. */
export type JobRecord = Pick<JobRow, keyof JobRow> & JobTimes & { readonly target: ExportTarget };

/** A part that this process has claimed. */
export interface ClaimedPart {
  readonly id: string;
  readonly jobId: string;
  readonly appId: string;
  readonly level: ExportLevel;
  readonly kind: PartKind;
  /** Of its lines; of blocks what they are organized by. */
  readonly type: PartType;
  readonly slotFrom: number;
  readonly slotTo: number;
  /** Grows with each claim: a commit with an older number changes nothing. */
  readonly fence: string;
  readonly attempts: number;
  readonly parameters: ExportParameters;
  readonly transactionTime: string;
  /** See ExportScope. */
  readonly cohortShare?: number | undefined;
  /** Of the kick-off. */
  readonly requestId?: string | undefined;
}
