import { Readable } from 'node:stream';

import { Inject, Injectable, Logger } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { AuditLog } from '../../audit';
import type { AppPrincipal } from '../../auth';
import { FhirError, notFound } from '../../common';
import { type ByteRange, FILE_STORAGE, type FileStorage } from '../../storage';
import { errorFiles } from '../error-file';
import { isLicensed } from '../licensed';
import { isVisible } from '../persistence/expiry';
import type { FileRecord } from '../persistence/file.entity';
import type { JobRecord } from '../persistence/job-record';
import { JobRecords } from '../persistence/job-records.service';
import { isJobId, type ParsedFileName, parseFileName } from '../urls';
import { type Conditions, evaluatePreconditions } from './conditions';
import { fileStream, type ListedFile, requireStored } from './file-stream';
import {
  type AcceptedEncodings,
  chooseRepresentation,
  type Representation,
} from './representation';
import { requireCovered } from './required-types';
import { RunningDownloads } from './running-downloads.service';
import { StoredFileFaults, undeliverable } from './stored-file-faults.service';
import { StoredFileError } from './stored-file.error';

export interface DownloadRequest {
  readonly jobId: string;
  readonly name: string;
  readonly app: AppPrincipal;
  readonly requestId: string;
  readonly accepted: AcceptedEncodings;
  readonly conditions: Conditions;
  /** HEAD: what would be sent is described. */
  readonly headOnly: boolean;
}

export interface Download {
  readonly representation: Representation;
  /** Undefined: the whole. */
  readonly range: ByteRange | undefined;
  readonly notModified: boolean;
  /** Undefined when no body is sent. */
  readonly stream: Readable | undefined;
}

interface FoundFile extends ListedFile {
  readonly record: FileRecord;
  /** Types of the resources that it names, though it holds none. */
  readonly about?: readonly ResourceType[];
}

/** Opens files for those who may have them. */
@Injectable()
export class Downloads {
  private readonly logger = new Logger(Downloads.name);

  constructor(
    private readonly records: JobRecords,
    private readonly audit: AuditLog,
    private readonly running: RunningDownloads,
    private readonly faults: StoredFileFaults,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
  ) {}

  /**
   * @throws FhirError 404 when there is no such file for this app, 403 when the token does not cover
   *   what it holds (SEC-04, FR-05), 406 when the client takes neither form, 412 and 416 for
   *   conditions and ranges that do not hold (FR-12), 500 or 503 when the storage does not give the file
   *   as it was written
   */
  async open(request: DownloadRequest): Promise<Download> {
    const file = await this.find(request);
    const asksForRange = request.conditions.range !== undefined;
    const representation = chooseRepresentation(file.record, request.accepted, asksForRange);
    if (!representation) throw notAcceptable();
    const outcome = evaluatePreconditions(
      request.conditions,
      representation.etag,
      representation.bytes,
    );
    if (outcome.kind === 'failed') throw preconditionFailed();
    if (outcome.kind === 'unsatisfiable') throw unsatisfiable(representation);
    const range = outcome.kind === 'part' ? outcome.range : undefined;
    const notModified = outcome.kind === 'not-modified';
    if (notModified) return { representation, range, notModified, stream: undefined };
    if (request.headOnly) {
      await this.delivered(request, file, () => requireStored(file));
      return { representation, range, notModified, stream: undefined };
    }
    const stream = await this.delivered(request, file, () =>
      fileStream(file, representation.encoding, range),
    );
    stream.once('error', (error) => {
      if (error instanceof StoredFileError) this.faults.note(request.jobId, file.record, error);
    });
    await this.recordDownload(request, range, stream);
    this.running.watch(request.jobId, stream);
    this.tellEnd(request, range, stream);
    return { representation, range, notModified, stream };
  }

  /** One line for each download: the audit record has it from its beginning. */
  private tellEnd(
    { jobId, name, requestId, app: { appId } }: DownloadRequest,
    range: ByteRange | undefined,
    stream: Readable,
  ): void {
    const part = range && { range: `${range.start}-${range.end}` };
    stream.once('close', () => {
      const whole = stream.readableEnded;
      this.logger.log({ jobId, appId, requestId, file: name, ...part, whole }, 'file downloaded');
    });
  }

  private async find({ jobId, name, app }: DownloadRequest): Promise<FoundFile> {
    const parsed = parseFileName(name);
    const job = isJobId(jobId) ? await this.records.find(jobId, app.appId) : undefined;
    if (!parsed || !job || !this.isAvailable(job)) throw noSuchFile();
    if (!isLicensed(app, job)) throw noSuchFile();
    const file =
      parsed.section === 'error' ? await this.errors(job, parsed) : await this.stored(job, parsed);
    requireCovered(parsed, job, app, file?.about);
    if (!file) throw noSuchFile();
    return file;
  }

  /** Of a running export, files that were listed already are (PG-02); others are not found. */
  private isAvailable(job: JobRecord): boolean {
    // A manifest that was given before parts are done again stays good.
    const mayBeListed = (job.parameters.partialManifests ?? false) || job.retries > 0;
    const isListed = job.state === 'running' && mayBeListed;
    return isVisible(job) && (isListed || job.state === 'completed');
  }

  private async stored(job: JobRecord, name: ParsedFileName): Promise<FoundFile | undefined> {
    const record = await this.records.file(job.id, name.section, name.type, name.ordinal);
    if (!record) return undefined;
    const { storageKey, encrypted } = record;
    return { record, open: (range) => this.storage.open(storageKey, range, encrypted) };
  }

  private async errors(job: JobRecord, name: ParsedFileName): Promise<FoundFile | undefined> {
    const failures = job.state === 'completed' ? await this.records.failures(job.id) : [];
    const file = errorFiles(job, failures).find(({ record }) => record.ordinal === name.ordinal);
    if (!file) return undefined;
    const { about, content, record } = file;
    const bytes = (range?: ByteRange): Buffer =>
      range ? content.subarray(range.start, range.end + 1) : content;
    const open: FoundFile['open'] = (range) =>
      Promise.resolve({ size: content.length, stream: Readable.from([bytes(range)]) });
    return { about, record, open };
  }

  /** Turns faults of the stored file into what the client and the operator are told. */
  private async delivered<T>(
    { jobId, app, requestId }: DownloadRequest,
    { record }: FoundFile,
    read: () => Promise<T>,
  ): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoredFileError)) throw error;
      // A file that goes with its export, just now, is no fault.
      const job = await this.records.find(jobId, app.appId);
      if (!job || !this.isAvailable(job)) throw noSuchFile();
      this.faults.note(jobId, record, error);
      throw undeliverable(error, requestId);
    }
  }

  private async recordDownload(
    { app: { appId }, jobId, name, requestId }: DownloadRequest,
    range: ByteRange | undefined,
    stream: Readable,
  ): Promise<void> {
    const event = { action: 'file.downloaded', outcome: 'success' } as const;
    const detail = { file: name, ...(range && { range: `${range.start}-${range.end}` }) };
    try {
      await this.audit.record({ ...event, appId, jobId, requestId, detail });
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }
}

function noSuchFile(): FhirError {
  return notFound(
    'There is no such file: it is unknown, was deleted, or has expired. The manifest lists the files of an export.',
  );
}

function notAcceptable(): FhirError {
  return new FhirError('Accept-Encoding must admit gzip or identity.', {
    status: 406,
    code: 'not-supported',
    expression: ['Accept-Encoding'],
  });
}

function preconditionFailed(): FhirError {
  return new FhirError('If-Match names no ETag of this file.', {
    status: 412,
    code: 'conflict',
    expression: ['If-Match'],
  });
}

function unsatisfiable({ bytes, etag }: Representation): FhirError {
  return new FhirError(`Range lies outside the file, which has ${bytes} bytes.`, {
    status: 416,
    code: 'value',
    expression: ['Range'],
    headers: { 'Content-Range': `bytes */${bytes}`, ETag: etag, Vary: 'Accept-Encoding' },
  });
}
