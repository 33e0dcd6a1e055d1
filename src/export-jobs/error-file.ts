import { createHash } from 'node:crypto';

import { operationOutcome, type OutcomeIssue } from '@app/fhir';

import type { FileRecord } from './record/file.entity';
import type { JobRecord } from './record/job-record';

/** An error file of a job: one OperationOutcome a line (ER-01). */
export interface ErrorFile {
  readonly record: FileRecord & { readonly sha256: Buffer };
  readonly content: Buffer;
}

/**
 * The error files of a job. What is known from the beginning, the parameters that were ignored (ER-04), is
 * apart from what could not be exported (ER-03) where manifests are given before all is known: files
 * never change (PG-04).
 *
 * @param failures what could not be exported
 */
export function errorFiles(
  { parameters }: Pick<JobRecord, 'parameters'>,
  failures: readonly OutcomeIssue[],
): readonly ErrorFile[] {
  const { ignored = [], partialManifests } = parameters;
  const issues = partialManifests ? [ignored, failures] : [[...ignored, ...failures]];
  return issues.flatMap((own, index) => (own.length > 0 ? [errorFile(own, index + 1)] : []));
}

/**
 * Made from the issues in the records each time it is asked for, so that a storage that refuses to
 * write cannot hide what went wrong. The issues do not change, nor does the file.
 */
function errorFile(issues: readonly OutcomeIssue[], ordinal: number): ErrorFile {
  const content = Buffer.from(
    issues.map((issue) => `${JSON.stringify(operationOutcome(issue))}\n`).join(''),
  );
  const record = {
    section: 'error' as const,
    type: 'OperationOutcome',
    ordinal,
    storageKey: '',
    resources: issues.length,
    bytes: content.length,
    sha256: createHash('sha256').update(content).digest(),
    encoding: 'identity' as const,
    storedBytes: content.length,
    storedSha256: undefined,
    encrypted: false,
  };
  return { record, content };
}
