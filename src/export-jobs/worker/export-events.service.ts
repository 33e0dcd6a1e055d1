import { Injectable, Logger } from '@nestjs/common';

import type { ClaimedPart } from '../persistence/job-record';
import type { JobEnd, PartResult } from '../persistence/part-records.service';
import type { ClaimedJob } from '../persistence/plan-claims.service';
import { attemptError } from './attempt-error';
import { ExportMetrics } from './export-metrics';

/** Whose event it is, by the ids that find it again: of the export, the app, and the request that began it. */
type Traced = Pick<ClaimedJob, 'id' | 'appId' | 'requestId'>;

/** Tells what becomes of exports in this process, in the log by one line an event, and in the metrics. */
@Injectable()
export class ExportEvents {
  private readonly logger = new Logger(ExportEvents.name);

  constructor(private readonly metrics: ExportMetrics) {}

  planned({ id: jobId, appId, requestId }: Traced, parts: number, transactionTime: string): void {
    this.logger.log({ jobId, appId, requestId, parts, transactionTime }, 'export planned');
  }

  planningFailed({ attempts, ...job }: ClaimedJob, error: unknown): void {
    const { id: jobId, appId, requestId } = job;
    const { error: name, code } = attemptError(error);
    const fields = { jobId, appId, requestId, attempt: attempts, error: name, code };
    this.logger.warn(fields, 'planning failed');
    this.metrics.failedPlans.inc({ error: name });
  }

  attemptFailed(part: ClaimedPart, error: unknown, isTriedAgain: boolean): void {
    const { error: name, code } = attemptError(error);
    this.logger.warn({ ...idsOf(part), error: name, code }, 'an attempt at a part failed');
    const outcome = isTriedAgain ? 'retried' : 'given_up';
    this.metrics.failedAttempts.inc({ error: name, outcome });
  }

  /** @param seconds that the attempt took */
  partEnded(part: ClaimedPart, result: PartResult, seconds: number): void {
    const { state } = result;
    const files = result.state === 'completed' ? result.files : [];
    const sum = (of: 'resources' | 'bytes'): number =>
      files.reduce((total, file) => total + file[of], 0);
    const [resources, bytes] = [sum('resources'), sum('bytes')];
    const fields = { state, files: files.length, resources, bytes, seconds: rounded(seconds) };
    this.logger.log({ ...idsOf(part), ...fields }, 'part ended');
    this.metrics.parts.observe({ state }, seconds);
    this.metrics.bytes.inc({ type: part.type }, bytes);
    this.metrics.resources.inc({ type: part.type }, resources);
  }

  exportEnded({ id: jobId, appId, requestId }: Traced, { state, seconds }: JobEnd): void {
    const fields = { jobId, appId, requestId, seconds: rounded(seconds) };
    if (state === 'completed') this.logger.log(fields, 'export completed');
    else this.logger.warn(fields, 'export failed');
    this.metrics.exports.observe({ state }, seconds);
  }
}

function idsOf({ id, ...part }: ClaimedPart): Readonly<Record<string, unknown>> {
  const { jobId, appId, requestId, kind, type, attempts } = part;
  return { jobId, appId, requestId, partId: id, kind, type, attempts };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
