import { Readable } from 'node:stream';

import { Inject, Injectable } from '@nestjs/common';

import { AuditLog } from '../../audit';
import type { AppPrincipal } from '../../auth';
import { Clock, forbidden, type FhirError, notFound } from '../../common';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import { errorFile } from '../error-file';
import { isLicensed } from '../licensed';
import type { JobRecord } from '../record/job-record';
import { JobRecords } from '../record/job-records.service';
import { isJobId, type ParsedFileName, parseFileName } from '../urls';

export interface Download {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
  readonly stream: Readable;
}

/** Opens files for those who may have them. */
@Injectable()
export class Downloads {
  constructor(
    private readonly records: JobRecords,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
  ) {}

  /**
   * @throws FhirError 404 when there is no such file for this app, 403 when the token does not cover
   *   its type (SEC-04, FR-05)
   */
  async open(jobId: string, name: string, app: AppPrincipal, requestId: string): Promise<Download> {
    const parsed = parseFileName(name);
    const job = isJobId(jobId) ? await this.records.find(jobId, app.appId) : undefined;
    if (!parsed || !job || !this.isAvailable(job)) throw noSuchFile();
    if (!isLicensed(app, job.target)) throw noSuchFile();
    requireType(parsed, app);
    const download = await this.find(job, parsed);
    if (!download) throw noSuchFile();
    try {
      const { appId } = app;
      const event = { action: 'file.downloaded', outcome: 'success' } as const;
      await this.audit.record({ ...event, appId, jobId, requestId, detail: { file: name } });
    } catch (error) {
      download.stream.destroy();
      throw error;
    }
    return download;
  }

  private isAvailable(job: JobRecord): boolean {
    return job.state === 'completed' && !!job.expiresAt && job.expiresAt > this.clock.now();
  }

  private async find(job: JobRecord, name: ParsedFileName): Promise<Download | undefined> {
    if (name.section === 'error') return this.errors(job, name);
    const record = await this.records.file(job.id, name.section, name.type, name.ordinal);
    const stored = record && (await this.storage.open(record.storageKey));
    if (!record || !stored) return undefined;
    return { bytes: stored.size, sha256: record.sha256.toString('hex'), stream: stored.stream };
  }

  private async errors(job: JobRecord, name: ParsedFileName): Promise<Download | undefined> {
    const file = errorFile(await this.records.failures(job.id));
    if (!file || name.ordinal !== file.record.ordinal) return undefined;
    const { content, record } = file;
    return {
      bytes: content.length,
      sha256: record.sha256.toString('hex'),
      stream: Readable.from([content]),
    };
  }
}

function requireType({ section, type }: ParsedFileName, app: AppPrincipal): void {
  if (section !== 'output' || [...app.allowedTypes].some((allowed) => allowed === type)) return;
  throw forbidden(
    `The token does not cover ${type}. Ask for a token with the scopes of the kick-off.`,
  );
}

function noSuchFile(): FhirError {
  return notFound(
    'There is no such file: it is unknown, was deleted, or has expired. The manifest lists the files of an export.',
  );
}
