import { searchPredicate, SearchValues } from '@app/fhir-search';

import { existsAt, validAt } from '../../clinical-data';
import type { SqlQuery } from '../group';
import { behind } from '../roster/populations.service';
import type { MemberFilter } from './member-filter';

/** What filters are evaluated for. */
export interface FilteredScope {
  readonly at: string;
  readonly fhirBase: string;
  /** Of `patient_id`; undefined: everyone. */
  readonly population: SqlQuery | undefined;
  /** SQL of the patients who are asked about; undefined: all. */
  readonly among: string | undefined;
}

/** Values as parameters: the statement is put into others, which know of no setting. */
class BoundValues extends SearchValues {
  constructor(private readonly bind: (value: unknown) => string) {
    super();
  }

  override add(value: unknown): string {
    return `(select ${this.bind(JSON.stringify(value))}::text::jsonb)`;
  }
}

/**
 * A query of the distinct `patient_id`s who meet all filters at an instant: patients who match a search of
 * Patient, and in whose compartment something matches each of the others. Every value is bound.
 *
 * As for segments, what is found is put under each other and grouped: PostgreSQL cannot know how many rows a
 * search leaves.
 */
export function filteredMembers(filters: readonly MemberFilter[], scope: FilteredScope): SqlQuery {
  const parameters: unknown[] = [];
  const bind = (value: unknown): string => `$${parameters.push(value)}`;
  const at = `${bind(scope.at)}::timestamptz`;
  const values = new BoundValues(bind);
  const search = { now: scope.at, fhirBase: scope.fhirBase, values, keepsUnreadable: false };
  const found = filters.map(({ type, query }, index) => {
    const predicate = searchPredicate(type, [[query]], search);
    return holders({ type, predicate, at, among: scope.among }, index + 1);
  });
  const { population, among } = scope;
  const allowed =
    population === undefined ? '' : ` and v.id in (${behind(population.sql, parameters.length)})`;
  const all = [
    `select 0 as filter, v.id as patient_id from clinical.version v
     where v.type = 'Patient' and ${existsAt('v', at)}${isAmong('v.id', among)}${allowed}`,
    ...found,
  ];
  return {
    sql: `
  select f.patient_id from (${all.join('\n    union all\n')}) f
  group by f.patient_id
  having count(distinct f.filter) = ${all.length}`,
    parameters: [...parameters, ...(population?.parameters ?? [])],
  };
}

interface Holders {
  readonly type: string;
  readonly predicate: string;
  readonly at: string;
  readonly among: string | undefined;
}

/** In whose compartments what matches lies; each patient once at least. */
function holders({ type, predicate, at, among }: Holders, number: number): string {
  const matching = `v.type = '${type}' and ${existsAt('v', at)} and ${predicate}`;
  if (type === 'Patient') {
    return `select ${number}, v.id from clinical.version v where ${matching}${isAmong('v.id', among)}`;
  }
  return `select ${number}, v.patient_id from clinical.version v
     where v.patient_id is not null${isAmong('v.patient_id', among)} and ${matching}
     union all
     select ${number}, c.patient_id from clinical.compartment c
     join clinical.version v on v.type = c.type and v.id = c.id
     where c.type = '${type}' and ${validAt('c', at)}${isAmong('c.patient_id', among)} and ${matching}`;
}

function isAmong(column: string, among: string | undefined): string {
  return among === undefined ? '' : ` and ${column} in (${among})`;
}
