import type { OutcomeIssue } from '@app/fhir';

import { StatementTimeError } from '../../common';
import type { BadRows } from '../../extractors';
import type { ClaimedPart } from '../persistence/job-record';
import { LostWorkersError, StorageWriteError } from './attempt.errors';

/** How many resources are missing; undefined when that cannot be found out. */
export type MissingCount = number | undefined;

/**
 * What clients are told of a part that could not be extracted: type, reason and count (ER-03). Says
 * nothing of contents, and nothing of our insides but the part's id.
 */
export function brokenPart(part: ClaimedPart, error: unknown, missing: MissingCount): OutcomeIssue {
  return issue(
    part,
    `${resources(missing)} missing: ${reasonOf(error)} in ${part.attempts} attempts.`,
  );
}

/** What clients are told of a part that was given up because it took PostgreSQL too long (ER-03). */
export function costlyPart(part: ClaimedPart): OutcomeIssue {
  return {
    severity: 'error',
    code: 'too-costly',
    diagnostics: `${part.type}: ${resources(undefined)} missing: PostgreSQL took longer than one part may take. Everything else is delivered. Ask for less of this type, with fewer searches or for fewer patients, or ask the operator, quoting part ${part.id}.`,
    expression: [part.type],
  };
}

/** A failure that each attempt would meet again. */
export function isLasting(error: unknown): boolean {
  return error instanceof StatementTimeError;
}

function reasonOf(error: unknown): string {
  if (error instanceof StorageWriteError) return 'the file storage refused to write them';
  if (error instanceof LostWorkersError) return 'the worker that read them ended';
  return 'the clinical data could not be read';
}

/** What clients are told of rows that hold no resource; the rest of the part is delivered. */
export function badRows(part: ClaimedPart, { count, onlyId }: BadRows): OutcomeIssue {
  const told = issue(part, `${resources(count)} missing: the stored content is not a resource.`);
  return onlyId === undefined ? told : { ...told, source: `${part.type}/${onlyId}` };
}

function issue(part: ClaimedPart, what: string): OutcomeIssue {
  return {
    severity: 'error',
    code: 'processing',
    diagnostics: `${part.type}: ${what} Everything else is delivered. Request this type again, or ask the operator, quoting part ${part.id}.`,
    expression: [part.type],
  };
}

function resources(missing: MissingCount): string {
  if (missing === undefined) return 'an unknown number of resources is';
  return missing === 1 ? '1 resource is' : `${missing} resources are`;
}
