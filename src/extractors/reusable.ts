import { literal, time } from '../database';
import type { ExportScope } from './resource-extractor';

/** A statement whose text is the same for the next export, too: sessions keep its plan. */
export interface Reusable {
  readonly text: string;
  readonly values: readonly string[];
}

/**
 * What PostgreSQL is told, in a transaction, before it plans statements for few members whom it does not know
 * yet: it would take them for an average cohort. Member by member, by index, is never far off then.
 */
export const PLANS_OF_FEW = `
  set local plan_cache_mode = force_generic_plan;
  set local enable_seqscan = off;
  set local enable_hashjoin = off;
  set local enable_mergejoin = off;
  set local jit = off`;

/**
 * A statement with job and instant as parameters. Making a plan takes five times as long as to read what one
 * patient has.
 *
 * @returns undefined where more than these may differ: sessions would keep ever more plans
 */
export function reusable(select: string, scope: ExportScope): Reusable | undefined {
  if (!isPlain(scope)) return undefined;
  const { cohort, transactionTime } = scope;
  const text = select
    .replaceAll(literal(cohort.jobId), '$1')
    .replaceAll(time(transactionTime), '$2');
  const isComplete = text.includes('$1') && text.includes('$2');
  return isComplete ? { text, values: [cohort.jobId, transactionTime] } : undefined;
}

function isPlain({
  level,
  since,
  until,
  filters,
  elements,
  provenance,
  repeat,
}: ExportScope): boolean {
  const narrowing = [since, until, filters, elements, provenance, repeat];
  return level !== 'system' && narrowing.every((each) => each === undefined);
}
