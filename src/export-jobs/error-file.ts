import { createHash } from 'node:crypto';

import { operationOutcome, type OutcomeIssue } from '@app/fhir';

import type { FileRecord } from './record/job-record';

/** The error file of a job: one OperationOutcome a line (ER-01). */
export interface ErrorFile {
  readonly record: FileRecord;
  readonly content: Buffer;
}

/**
 * Made from the issues in the records each time it is asked for, so that a storage that refuses to
 * write cannot hide what went wrong. A finished job's issues do not change, nor does the file.
 *
 * @param issues parameters that were ignored (ER-04), and what could not be exported (ER-03)
 * @returns undefined when there are none
 */
export function errorFile(issues: readonly OutcomeIssue[]): ErrorFile | undefined {
  if (issues.length === 0) return undefined;
  const content = Buffer.from(
    issues.map((issue) => `${JSON.stringify(operationOutcome(issue))}\n`).join(''),
  );
  const record: FileRecord = {
    section: 'error',
    type: 'OperationOutcome',
    ordinal: 1,
    storageKey: '',
    resources: issues.length,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest(),
    encoding: 'identity',
    storedBytes: content.length,
  };
  return { record, content };
}
