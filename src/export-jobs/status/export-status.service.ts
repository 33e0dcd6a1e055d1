import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { AuditLog } from '../../audit';
import type { AppPrincipal } from '../../auth';
import { FhirError, notFound, SANDBOX_HEADER } from '../../common';
import { type Config, CONFIG } from '../../config';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import { requireCoverage } from '../coverage';
import { isLicensed } from '../licensed';
import { isVisible } from '../persistence/expiry';
import type { JobRecord } from '../persistence/job-record';
import { JobRecords } from '../persistence/job-records.service';
import { jobPrefix } from '../storage-keys';
import { isJobId } from '../urls';
import { abandonAfterAbort } from '../worker/abandon-after-abort';
import type { Manifest } from './manifest';
import { Manifests } from './manifests.service';
import { retryAfter } from './retry-after';

/** How long a DELETE waits for the storage. */
const REMOVAL_MILLISECONDS = 1000;

export interface Poll {
  readonly id: string;
  /** Of the manifest, from 1; undefined for what is none. */
  readonly page: number | undefined;
  readonly app: AppPrincipal;
  readonly requestId: string;
}

/** What a poll is told. */
export type ExportStatus = ExportState & {
  /** The client chose at kick-off that polls tell of the export apart from themselves (SX-05). */
  readonly separate: boolean;
};

type ExportState =
  | {
      readonly state: 'in-progress';
      readonly progress: number;
      readonly retryAfter: number;
      /** Files that are ready, if there are any and the client takes them already (PG-01). */
      readonly manifest: Manifest | undefined;
    }
  | { readonly state: 'complete'; readonly expires: Date; readonly manifest: Manifest }
  | { readonly state: 'failed'; readonly issue: OutcomeIssue };

/** Answers polls, and deletes exports. */
@Injectable()
export class ExportStatuses {
  private readonly logger = new Logger(ExportStatuses.name);

  constructor(
    private readonly records: JobRecords,
    private readonly manifests: Manifests,
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * @throws FhirError 404 for unknown, foreign, deleted and expired jobs, and those of groups that the
   *   app may no longer export, and for pages that were not announced, alike (ST-15, ST-16); 403
   *   when the token does not cover the export (SEC-04, PG-11); 429 for polls before the announced
   *   time (ST-05)
   */
  async poll({ id, page, app, requestId }: Poll): Promise<ExportStatus> {
    const job = await this.visible(id, app);
    // A licence that was withdrawn hides the group, and so what was exported of it.
    if (!isLicensed(app, job)) throw noSuchExport();
    requireCoverage(job.parameters.types, job, app);
    const last = Math.max(1, job.pages);
    if (page === undefined || page > last) throw noSuchExport();
    // Who was told of a further page need not wait to see it.
    if (page === last && (last === 1 || job.state !== 'completed')) this.refuseEarly(job);
    this.refuseWhileBusy(job);
    const separate = job.parameters.separateExportStatus ?? false;
    const state = await this.stateOf(job, page);
    if ('manifest' in state) await this.recordSigned(state.manifest, { id, app, requestId });
    return { ...state, separate };
  }

  /**
   * Cancels a running export, or gives up a finished one: gone at once for every later request
   * (DL-05), its work stopped and its bytes removed within seconds.
   *
   * @throws FhirError 404 when it is unknown, foreign or gone already
   */
  async delete(id: string, app: AppPrincipal, requestId: string): Promise<void> {
    const job = await this.visible(id, app);
    await this.dataSource.transaction(async (manager) => {
      if (!(await this.records.cancel(job.id, manager))) throw noSuchExport();
      await this.audit.record(
        {
          action: 'export.deleted',
          outcome: 'success',
          appId: app.appId,
          jobId: job.id,
          requestId,
        },
        manager,
      );
    });
    this.logger.log({ jobId: job.id, appId: app.appId, requestId }, 'export cancelled');
    // A worker may still be writing: the sweeper goes over it again when that is over. A storage that
    // is slow, or hangs, does not keep the client waiting.
    const removed = this.storage.removePrefix(jobPrefix(job.id));
    const patience = AbortSignal.timeout(REMOVAL_MILLISECONDS);
    await abandonAfterAbort(removed, patience).catch(() => undefined);
  }

  /** URLs that whoever has them may use release what they lead to. */
  private async recordSigned(
    manifest: Manifest | undefined,
    { id, app: { appId }, requestId }: Omit<Poll, 'page'>,
  ): Promise<void> {
    if (manifest?.requiresAccessToken !== false) return;
    const { output, deleted = [], error } = manifest;
    const files = output.length + deleted.length + error.length;
    const event = { action: 'file.signed', outcome: 'success', detail: { files } } as const;
    await this.audit.record({ ...event, appId, jobId: id, requestId });
  }

  private stateOf(job: JobRecord, page: number): Promise<ExportState> {
    const { slow = 0 } = job.parameters.sandbox ?? {};
    if (job.age < slow) return this.slowedDown(job, slow);
    if (job.state === 'failed') return Promise.resolve({ state: 'failed', issue: failureOf(job) });
    return job.state === 'completed' ? this.complete(job, page) : this.inProgress(job, page);
  }

  private async visible(id: string, app: AppPrincipal): Promise<JobRecord> {
    const job = isJobId(id) ? await this.records.find(id, app.appId) : undefined;
    if (!job || !isVisible(job)) throw noSuchExport();
    return job;
  }

  private refuseEarly({ untilPoll }: JobRecord): void {
    if (untilPoll <= 0) return;
    const seconds = Math.min(Math.ceil(untilPoll), this.config.export.retryAfterMax);
    throw new FhirError(
      `This status was asked for too early. Ask again in ${seconds} s, as Retry-After says.`,
      { status: 429, code: 'throttled', headers: { 'Retry-After': String(seconds) } },
    );
  }

  /** A sandbox is asked to say so. */
  private refuseWhileBusy({ age, parameters }: JobRecord): void {
    const { busy = 0 } = parameters.sandbox ?? {};
    if (age >= busy) return;
    const seconds = Math.min(Math.ceil(busy - age), this.config.export.retryAfterMax);
    throw new FhirError(
      `${SANDBOX_HEADER} asks for polls that are refused. Ask again in ${seconds} s.`,
      {
        ...{ status: 429, code: 'throttled' },
        headers: { 'Retry-After': String(seconds) },
      },
    );
  }

  /** What an export of that many seconds would tell by now; how far this one is does not matter. */
  private async slowedDown(job: JobRecord, seconds: number): Promise<ExportState> {
    const progress = Math.floor((100 * job.age) / seconds);
    const wait = retryAfter(job.age, progress, this.config.export.retryAfterMax);
    await this.records.announcePoll(job.id, wait);
    return { state: 'in-progress', progress, retryAfter: wait, manifest: undefined };
  }

  private async inProgress(job: JobRecord, page: number): Promise<ExportState> {
    const pages = page < job.pages ? job.pages : await this.manifests.extend(job);
    const progress = await this.records.raiseProgress(job);
    const seconds = retryAfter(job.age, progress, this.config.export.retryAfterMax);
    if (page >= pages) await this.records.announcePoll(job.id, seconds);
    const manifest = pages > 0 ? await this.manifests.page({ ...job, pages }, page) : undefined;
    return { state: 'in-progress', progress, retryAfter: seconds, manifest };
  }

  private async complete(job: JobRecord, page: number): Promise<ExportState> {
    if (!job.expires) throw new Error('A completed export has an end.');
    return {
      state: 'complete',
      expires: job.expires,
      manifest: await this.manifests.page(job, page),
    };
  }
}

function noSuchExport(): FhirError {
  return notFound('There is no such export: it is unknown, was deleted, or has expired.');
}

/** ST-12: never a code of the transient family, for which clients would ask for ever. */
function failureOf({ failure }: JobRecord): OutcomeIssue {
  const { code = 'processing', diagnostics = 'The export failed.' } = failure ?? {};
  return { severity: 'error', code, diagnostics };
}
