import { Injectable, Logger } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

import { FhirError } from '../../common';
import type { FileRecord } from '../persistence/file.entity';
import type { StoredFileError, StoredFileFault } from './stored-file.error';

/** Tells operators of files that could not be sent as they were written. */
@Injectable()
export class StoredFileFaults {
  private readonly logger = new Logger(StoredFileFaults.name);
  private readonly faults: Counter<'fault'>;

  constructor(metrics: Registry) {
    this.faults = new Counter({
      name: 'bulk_stored_file_faults_total',
      help: 'Downloads that were refused or broken off because of the stored file, by fault.',
      labelNames: ['fault'],
      registers: [metrics],
    });
    for (const fault of ['missing', 'altered', 'unreadable'] satisfies StoredFileFault[]) {
      this.faults.inc({ fault }, 0);
    }
  }

  note(
    jobId: string,
    { storageKey }: Pick<FileRecord, 'storageKey'>,
    error: StoredFileError,
  ): void {
    this.faults.inc({ fault: error.fault });
    const { code, name } = (error.cause ?? {}) as {
      readonly code?: unknown;
      readonly name?: unknown;
    };
    this.logger.error(
      { jobId, storageKey, fault: error.fault, reason: error.message, cause: code ?? name },
      'a stored file could not be sent',
    );
  }
}

/** What a client is told as long as nothing was sent. */
export function undeliverable({ fault }: StoredFileError, requestId: string): FhirError {
  const quote = `Quote request id ${requestId} to the operator of this server.`;
  if (fault === 'unreadable') {
    const diagnostics = `The storage does not give the file at the moment. Ask again in 5 s, as Retry-After says. ${quote}`;
    return new FhirError(diagnostics, {
      status: 503,
      code: 'transient',
      headers: { 'Retry-After': '5' },
    });
  }
  const diagnostics = `The file cannot be delivered: it does not lie in the storage as it was written. Start the export again. ${quote}`;
  return new FhirError(diagnostics, { status: 500, code: 'exception' });
}
