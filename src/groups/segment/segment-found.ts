import type { SqlQuery } from '../group';
import type { Bind } from '../search/condition';
import type { Criteria, EncounterStart } from './criteria';
import { nextEncounterChange } from './record-facts';
import { segmentSql } from './segment-query';
import type { EvaluationScope } from './versions';

/** A row of what `segmentFound` finds. */
export interface FoundRow {
  readonly count: number;
  /** The first patients, by id. */
  readonly ids: readonly string[];
  /** UTC instant from which on time alone may change the members; null: it never does. */
  readonly until: string | null;
}

/** A query of one FoundRow: the members at an instant, and how long they are sure to be the same. */
export function segmentFound(criteria: Criteria, at: string, limit: number): SqlQuery {
  const parameters: unknown[] = [];
  const bind: Bind = (value) => `$${parameters.push(value)}`;
  const scope: EvaluationScope = { bind, at: bind(at), among: undefined };
  const cohort = segmentSql(criteria, scope);
  const sql = `
  with cohort as materialized (${cohort})
  select (select count(*)::int from cohort) as count,
         array(select patient_id from cohort order by patient_id collate "C" limit ${bind(limit)}) as ids,
         to_char(least(${untils(criteria, scope).join(', ')}) at time zone 'UTC',
                 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as until`;
  return { sql, parameters };
}

/** Instants, or null, at which the truth of criteria may change without a write. */
function untils(criteria: Criteria, scope: EvaluationScope): readonly string[] {
  const facts = leavesOf(criteria);
  const starts = facts.flatMap((fact): EncounterStart[] =>
    fact.kind === 'encounter' ? [fact.from] : [],
  );
  return [
    'null::timestamptz',
    ...(facts.some(({ kind }) => kind === 'age') ? [nextDay(scope)] : []),
    ...(starts.length > 0 ? [nextEncounterChange(starts, scope)] : []),
  ];
}

function leavesOf(criteria: Criteria): readonly Criteria[] {
  if (criteria.kind === 'and' || criteria.kind === 'or') return criteria.of.flatMap(leavesOf);
  return criteria.kind === 'not' ? leavesOf(criteria.of) : [criteria];
}

function nextDay({ at }: EvaluationScope): string {
  return `(date_trunc('day', ${at}::timestamptz at time zone 'UTC') + interval '1 day') at time zone 'UTC'`;
}
