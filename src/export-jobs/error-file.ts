import { createHash } from 'node:crypto';

import { isResourceType, operationOutcome, type OutcomeIssue, type ResourceType } from '@app/fhir';

import type { ExportTarget } from './persistence/export-target';
import type { FileRecord } from './persistence/file.entity';
import type { JobRecord } from './persistence/job-record';

/** An error file of a job: one OperationOutcome a line (ER-01). */
export interface ErrorFile {
  readonly record: FileRecord & { readonly sha256: Buffer };
  readonly content: Buffer;
  /** Types of the resources that its outcomes name. */
  readonly about: readonly ResourceType[];
}

/**
 * The error files of a job. What is known from the beginning, the parameters that were ignored (ER-04), is
 * apart from what could not be exported (ER-03) where manifests are given before all is known: files
 * never change (PG-04).
 *
 * @param failures what could not be exported
 */
export function errorFiles(
  { parameters, target }: Pick<JobRecord, 'parameters' | 'target'>,
  failures: readonly OutcomeIssue[],
): readonly ErrorFile[] {
  const { ignored = [], partialManifests } = parameters;
  const told = failures.map((issue) => withGroup(issue, target));
  const issues = partialManifests ? [ignored, told] : [[...ignored, ...told]];
  return issues.flatMap((own, index) => (own.length > 0 ? [errorFile(own, index + 1)] : []));
}

/** Of Group there is one resource in an export, whose id its record has. */
function withGroup(issue: OutcomeIssue, target: ExportTarget): OutcomeIssue {
  const isGroup = target.level === 'group' && issue.expression?.[0] === 'Group';
  return isGroup ? { ...issue, source: `Group/${target.groupId}` } : issue;
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
  const about = issues.flatMap(({ source }) => source?.split('/')[0] ?? []).filter(isResourceType);
  return { record, content, about };
}
