import { createHash } from 'node:crypto';

import { operationOutcome, type OutcomeIssue } from '@app/fhir';

import type { FileRecord } from './record/job-record';

/** The error file of a job: one OperationOutcome a line (ER-01). */
export interface ErrorFile {
  readonly record: FileRecord;
  readonly content: Buffer;
}

/**
 * Made from the failures in the records each time it is asked for, so that a storage that refuses to
 * write cannot hide what went wrong. A finished job's failures do not change, nor does the file.
 *
 * @returns undefined when nothing failed
 */
export function errorFile(failures: readonly OutcomeIssue[]): ErrorFile | undefined {
  if (failures.length === 0) return undefined;
  const content = Buffer.from(
    failures.map((issue) => `${JSON.stringify(operationOutcome(issue))}\n`).join(''),
  );
  const record: FileRecord = {
    section: 'error',
    type: 'OperationOutcome',
    ordinal: 1,
    storageKey: '',
    resources: failures.length,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest(),
    encoding: 'identity',
    storedBytes: content.length,
  };
  return { record, content };
}
