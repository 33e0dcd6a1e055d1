import type { SqlQuery } from '../group';
import type { Bind } from '../search/condition';
import type { Criteria, Fact } from './criteria';
import { recordFacts } from './record-facts';
import { type EvaluationScope, versions } from './versions';

/**
 * A query of the distinct `patient_id`s for whom the criteria are true at an instant, in the order of
 * nothing. Every value is bound.
 *
 * All facts are put under each other and grouped by patient, instead of being joined: PostgreSQL
 * cannot know how many rows a condition on JSON leaves, and a join planned for one row takes hours
 * for a million. Grouping takes the same time whatever it expects, and spills to disk.
 *
 * @param among SQL without parameters that yields the patients who are asked about; all when left out
 */
export function segmentQuery(criteria: Criteria, at: string, among?: string): SqlQuery {
  const parameters: unknown[] = [];
  const bind: Bind = (value) => `$${parameters.push(value)}`;
  const sql = segmentSql(criteria, { bind, at: bind(at), among });
  return { sql, parameters };
}

/** The same within a larger statement. */
export function segmentSql(criteria: Criteria, scope: EvaluationScope): string {
  const facts = [patients(scope)];
  const condition = truth(criteria, scope, facts);
  return `
  select f.patient_id from (${facts.join('\n    union all')}
  ) f
  group by f.patient_id
  having bool_or(f.fact = ${PATIENT}) and ${condition}`;
}

/** The number of the fact that there is such a patient; those of criteria follow. */
const PATIENT = 0;

function patients(scope: EvaluationScope): string {
  return `
    select v.patient_id, ${PATIENT} as fact, true as certain,
           case when j->>'birthDate' ~ '^\\d{4}(-\\d{2}(-\\d{2})?)?$' then j->>'birthDate' end
             collate "C" as birth,
           j->>'gender' as gender,
           coalesce(j->>'deceasedBoolean' = 'true', false) or j ? 'deceasedDateTime' as deceased
    from ${versions('Patient', scope)}`;
}

/** A boolean expression over the facts of one patient; null where the record leaves doubt. */
function truth(criteria: Criteria, scope: EvaluationScope, facts: string[]): string {
  const all = (of: readonly Criteria[], operator: 'and' | 'or'): string =>
    `(${of.map((one) => truth(one, scope, facts)).join(` ${operator} `)})`;
  switch (criteria.kind) {
    case 'and':
    case 'or':
      return all(criteria.of, criteria.kind);
    case 'not':
      return `(not ${truth(criteria.of, scope, facts)})`;
    case 'everyone':
      return 'true';
    case 'age':
      return ageIs(criteria, scope);
    case 'gender':
      return `(max(f.gender) = any(${scope.bind(criteria.anyOf)}::text[]))`;
    case 'deceased':
      return criteria.value ? 'bool_or(f.deceased)' : '(not bool_or(f.deceased))';
    case 'condition':
    case 'encounter':
    case 'practitioner': {
      const number = facts.length;
      const selects = recordFacts(criteria, scope);
      facts.push(
        `
    select r.patient_id, ${number}, r.certain, null, null, null
    from (${selects.join('\n    union all')}) r
    where r.patient_id is not null`,
      );
      const certain = `bool_or(f.certain) filter (where f.fact = ${number})`;
      return `(case when ${certain} then true when ${certain} is null then false end)`;
    }
  }
}

/**
 * Whole years on the day of the instant, in UTC. Of a birth date that is a year or a month alone all
 * days are possible. Dates are compared as text: a cast would fail on one that is not in the calendar.
 */
function ageIs({ min = 0, max }: Extract<Fact, { kind: 'age' }>, scope: EvaluationScope): string {
  const old = atLeast(min, scope);
  return max === undefined ? old : `(${old} and not ${atLeast(max + 1, scope)})`;
}

function atLeast(years: number, { at, bind }: EvaluationScope): string {
  const bound = `to_char((${at}::timestamptz at time zone 'UTC')::date - make_interval(years => ${bind(years)}::int), 'YYYY-MM-DD')`;
  return `(case when max(f.birth) || right('-12-31', 10 - length(max(f.birth))) <= ${bound} then true
             when max(f.birth) || right('-01-01', 10 - length(max(f.birth))) > ${bound} then false end)`;
}
