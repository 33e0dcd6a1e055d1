import type { EntityManager } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { UNREAD } from './changes';
import { PART_EVENTS } from './job-states';
import { runPrepared } from './prepared';
import { FORGET_FILES, MARK_READ_AGAIN, RECONCILED } from './reconciliation.sql';
import { transitionParts } from './transition';

/** What an export must hold of a type, and what became of it. */
export interface Reconciled {
  readonly expected: number;
  /** In files. */
  readonly given: number;
  /** Missing, and told of in an error file; undefined where that cannot say how many. */
  readonly told: number | undefined;
  readonly differs: boolean;
}

interface ReconciledRow {
  readonly type: string;
  readonly expected: string;
  readonly given: string;
  readonly told: string | null;
  readonly differs: boolean;
}

/**
 * Has the parts read again whose types do not hold as many resources as were counted, all together, once.
 *
 * @param manager of the transaction that has ended the last part
 * @returns false when there is no such part: the export can end
 */
export async function readAgain(manager: EntityManager, jobId: string): Promise<boolean> {
  if (!manager.queryRunner) throw new Error('A transaction has a connection.');
  const counts = await reconciled(manager, jobId);
  if (![...counts.values()].some(({ differs }) => differs)) return false;
  const marked = await runPrepared(manager.queryRunner, MARK_READ_AGAIN, [jobId]);
  if (marked.count === 0) return false;
  const again = await transitionParts(manager, PART_EVENTS.readAgain, jobId, UNREAD);
  await manager.query(FORGET_FILES, [jobId]);
  return again > 0;
}

/** By type, in the order of their names; blocks, which hold all types together, are `*`. Empty when nothing was counted. */
export async function reconciled(
  manager: EntityManager,
  jobId: string,
): Promise<ReadonlyMap<string, Reconciled>> {
  const rows = await manager.query<ReconciledRow[]>(RECONCILED, [jobId]);
  return new Map(
    rows.map(({ type, expected, given, told, differs }) => [
      type,
      {
        expected: Number(expected),
        given: Number(given),
        told: told === null ? undefined : Number(told),
        differs,
      },
    ]),
  );
}

/** What clients are told of types that do not hold what they must, without a reason that is known. */
export function differences(counts: ReadonlyMap<string, Reconciled>): readonly OutcomeIssue[] {
  return [...counts].filter(([, { differs }]) => differs).map(([type, one]) => issueOf(type, one));
}

function issueOf(type: string, { expected, given, told = 0 }: Reconciled): OutcomeIssue {
  const of = type === '*' ? 'The export' : type;
  const also = told === 0 ? '' : `, and ${told} are told of as missing`;
  return {
    severity: 'error',
    code: 'incomplete',
    diagnostics: `${of}: ${expected} resources were counted, the files hold ${given}${also}; reading again has not changed that. Do not take this type for complete. Start another export, or ask the operator.`,
    ...(type !== '*' && { expression: [type] }),
  };
}
