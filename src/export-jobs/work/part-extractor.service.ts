import { Inject, Injectable, Logger } from '@nestjs/common';

import type { OutcomeIssue } from '@app/fhir';
import { type NdjsonFile, NdjsonFiles } from '@app/ndjson';

import { type Config, CONFIG } from '../../config';
import { Extraction } from '../../extractors';
import { FILE_STORAGE, type FileStorage } from '../../storage';
import type { ClaimedPart } from '../record/job-record';
import { PartRecords, type PartResult, type WrittenFile } from '../record/part-records.service';
import { attemptPrefix } from '../storage-keys';
import { ClosingError, OvertakenError } from './attempt.errors';
import { PartLease } from './part-lease';
import { retryDelay } from './retry-delay';

/** Extracts one part: claim, copy, commit. */
@Injectable()
export class PartExtractor {
  private readonly logger = new Logger(PartExtractor.name);

  constructor(
    private readonly records: PartRecords,
    private readonly extraction: Extraction,
    @Inject(FILE_STORAGE) private readonly storage: FileStorage,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Works on the part if it is still to be done. Idempotent: a part that is done, cancelled or in
   * other hands is left alone. Whatever goes wrong, the attempt's bytes are removed or committed.
   *
   * @param closing aborted when the process shuts down: the part is handed back
   */
  async extract(partId: string, closing: AbortSignal): Promise<void> {
    const part = await this.records.claim(partId, this.config.worker.lease);
    if (!part) return;
    const lease = new PartLease(part, this.records, this.config.worker.lease);
    const signal = AbortSignal.any([closing, lease.signal]);
    const written: string[] = [];
    try {
      const files = await this.copy(part, signal, lease, written);
      await lease.stop();
      const result: PartResult = { state: 'completed', files };
      if (await this.records.commit(part, result, this.config.export.retention)) return;
      throw new OvertakenError();
    } catch (error) {
      await lease.stop();
      await this.removeAll(written);
      await this.handleFailure(part, error);
    }
  }

  private async copy(
    part: ClaimedPart,
    signal: AbortSignal,
    lease: PartLease,
    written: string[],
  ): Promise<readonly WrittenFile[]> {
    const prefix = attemptPrefix(part);
    const key = (index: number): string => `${prefix}.${index}.ndjson`;
    const files = new NdjsonFiles((index) => {
      written.push(key(index));
      return this.storage.create(key(index));
    });
    lease.measure(() => files.bytes);
    const scope = {
      jobId: part.jobId,
      slots: { from: part.slotFrom, to: part.slotTo },
      transactionTime: part.transactionTime,
      since: part.parameters.since,
      provenanceOf: part.parameters.provenanceOf,
    };
    const limits = {
      maxBytes: this.config.export.fileMaxBytes,
      maxLines: this.config.export.fileMaxResources,
    };
    try {
      await this.extraction.copy(part.type, scope, { files, limits }, signal);
      const finished = await files.finish();
      signal.throwIfAborted();
      return finished.map((file) => toWrittenFile(part, key(file.index), file));
    } catch (error) {
      await files.abort();
      throw error;
    }
  }

  private async handleFailure(part: ClaimedPart, error: unknown): Promise<void> {
    if (error instanceof OvertakenError) return;
    if (error instanceof ClosingError) {
      await this.records.giveBack(part, 0, false);
      return;
    }
    const cause = error instanceof Error ? error.name : typeof error;
    const code = (error as { code?: unknown }).code;
    const { jobId, type, attempts } = part;
    this.logger.warn({ jobId, partId: part.id, type, attempts, cause, code }, 'part failed');
    if (attempts < this.config.worker.maxAttempts) {
      await this.records.giveBack(part, retryDelay(attempts), true);
    } else {
      await this.fail(part);
    }
  }

  /** The part stays broken: its failure becomes a line in the error file (ER-03). */
  private async fail(part: ClaimedPart): Promise<void> {
    const failure = partFailure(part);
    await this.records.commit(part, { state: 'failed', failure }, this.config.export.retention);
  }

  /** Best effort: what stays behind is found by the sweeper. */
  private async removeAll(keys: readonly string[]): Promise<void> {
    await Promise.allSettled(keys.map((key) => this.storage.remove(key)));
  }
}

function toWrittenFile(part: ClaimedPart, storageKey: string, file: NdjsonFile): WrittenFile {
  const { lines: resources, bytes, sha256 } = file;
  return { section: 'output', type: part.type, storageKey, resources, bytes, sha256 };
}

/** What clients are told of a part that could not be extracted. Says nothing of its contents. */
function partFailure(part: ClaimedPart): OutcomeIssue {
  return {
    severity: 'error',
    code: 'processing',
    diagnostics: `${part.type}: resources of this type are missing from the export after ${part.attempts} attempts. Request this type again, or ask the operator, quoting part ${part.id}.`,
    expression: [part.type],
  };
}
