import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { invalidParameter } from '../../common';
import { type Config, CONFIG } from '../../config';
import type { ExportParameters } from '../persistence/job-parameters';
import type { JobState } from '../persistence/job-states';
import { fileName, isJobId } from '../urls';
import { FILES, LIST, PARTS, SHOW } from './exports-shown.sql';
import { noSuchExport } from './no-such-export';
import { type OpenPart, reasonOfExport, reasonOfPart, type WaitingExport } from './reasons';
import {
  type ExportSummary,
  type ShownExport,
  shownFailure,
  type ShownFile,
  shownParameters,
  type ShownPart,
} from './shown-export';

/** Parts and files of an export that are shown. */
const MOST = 1000;

export interface ExportFilter {
  readonly states?: readonly JobState[] | undefined;
  readonly app?: string | undefined;
  readonly group?: string | undefined;
  /** Id of the last export on the page before. */
  readonly before?: string | undefined;
  readonly count: number;
}

export interface ExportList {
  readonly exports: readonly ExportSummary[];
  /** `before` of the next page; undefined on the last. */
  readonly next: string | undefined;
}

/** Shows operators the exports of all apps. Nothing in an answer tells of patients. */
@Injectable()
export class ShownExports {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(CONFIG) private readonly config: Pick<Config, 'limits'>,
  ) {}

  /** Newest first. @throws FhirError 400 when there is no export `before` */
  async list({ states, app, group, before, count }: ExportFilter): Promise<ExportList> {
    if (before !== undefined) await this.requireKnown(before);
    const rows = await this.dataSource.query<ExportSummary[]>(LIST, [
      states ?? null,
      app ?? null,
      group ?? null,
      before ?? null,
      count + 1,
    ]);
    const exports = rows.slice(0, count).map(defined);
    return { exports, next: rows.length > count ? exports.at(-1)?.id : undefined };
  }

  /** @throws FhirError 404 */
  async show(id: string): Promise<ShownExport> {
    const { running, runningPerApp } = this.config.limits;
    const values = [id, runningPerApp, running];
    const [row] = isJobId(id) ? await this.dataSource.query<ExportRow[]>(SHOW, values) : [];
    if (!row) throw noSuchExport();
    const { appLimit, appRunning, allLimit, allRunning, ...job } = row;
    const parts = await this.dataSource.query<PartOfExport[]>(PARTS, [id, MOST]);
    const files = await this.dataSource.query<FileOfExport[]>(FILES, [id, MOST]);
    return {
      ...defined(job),
      reason: reasonOfExport({ ...job, appLimit, appRunning, allLimit, allRunning }),
      parameters: shownParameters(job.parameters),
      failure: shownFailure(job.failure),
      partStates: job.partStates ?? {},
      downloads: { ...job.downloads, last: job.downloads.last ?? undefined },
      parts: parts.map((part) => shownPart(part, job.held)),
      files: files.map(({ ordinal, ...file }) => ({
        ...file,
        name: fileName({ ...file, ordinal }),
      })),
    };
  }

  private async requireKnown(id: string): Promise<void> {
    const sql = 'select from export.job where id = $1';
    const found = isJobId(id) ? await this.dataSource.query<unknown[]>(sql, [id]) : [];
    if (found.length > 0) return;
    throw invalidParameter('before', 'before must be the id of an export, as `next` gave it.');
  }
}

type ExportRow = Omit<ShownExport, 'parameters' | 'failure' | 'partStates' | 'parts' | 'files'> &
  WaitingExport & {
    readonly parameters: ExportParameters;
    readonly failure: OutcomeIssue | null;
    readonly partStates: ShownExport['partStates'] | null;
  };

type PartOfExport = Omit<ShownPart, 'lastError' | 'failure' | 'querySeconds' | 'reason'> &
  OpenPart & {
    readonly failure: OutcomeIssue | null;
    readonly stepSeconds: number | null;
  };

type FileOfExport = Omit<ShownFile, 'name'> & { readonly ordinal: number };

function shownPart(row: PartOfExport, held: boolean): ShownPart {
  const { id, kind, type, slotFrom, slotTo, state, attempts, worker } = row;
  const { estimatedBytes, writtenBytes, resources, startedAt, finishedAt } = row;
  const isReading = state === 'running' && row.step === 'statement';
  return {
    ...defined({ id, kind, type, slotFrom, slotTo, state, attempts, worker }),
    ...defined({ estimatedBytes, writtenBytes, resources, finishedAt }),
    startedAt: attempts > 0 ? startedAt : undefined,
    querySeconds: isReading ? Math.max(0, Math.round(row.stepSeconds ?? 0)) : undefined,
    reason: reasonOfPart(row, held),
    lastError: row.lastError ?? undefined,
    failure: shownFailure(row.failure),
  };
}

/** What is null in a row is undefined in the code. */
function defined<T extends object>(row: T): T {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]: [string, unknown]) => [name, value ?? undefined]),
  ) as T;
}
