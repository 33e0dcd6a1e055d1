import type { ResourceType } from '@app/fhir';

import { literal } from '../database';

/** What names a resource. */
export interface ReadKey {
  readonly type: ResourceType;
  readonly id: string;
}

/** Of compartments and targets: it holds now. */
const STILL = `valid_to = 'infinity'`;

/**
 * SQL of the `patient_id`s with whom an export of now would give the resource: those in whose compartment it
 * is, or else, of nobody's, those whose resources lead to it. What names its patient is nobody else's.
 *
 * @param about of a Provenance: the types that it may tell of
 */
export function patientsOf(key: ReadKey, about: readonly ResourceType[]): string {
  return key.type === 'Provenance' ? patientsOfTargets(key, about) : patientsOfResource(key);
}

function patientsOfResource({ type, id }: ReadKey): string {
  const own = `
    select r.patient_id from clinical.resource r
    where r.type = ${literal(type)} and r.id = ${literal(id)}`;
  return `
    ${own} and r.patient_id is not null
    union all
    select c.patient_id from clinical.compartment c
    where c.type = ${literal(type)} and c.id = ${literal(id)} and c.${STILL}
    union all
    select l.patient_id from clinical.link l
    where l.target_type = ${literal(type)} and l.target_id = ${literal(id)} and l.${STILL}
      and exists (${own} and r.patient_id is null)`;
}

function patientsOfTargets({ id }: ReadKey, about: readonly ResourceType[]): string {
  const ofTarget = (owner: string): string => `
    select o.patient_id from clinical.provenance_target t
    join ${owner} o on o.type = t.target_type and o.id = t.target_id
    where t.provenance_id = ${literal(id)} and t.${STILL}
      and t.target_type = any (array[${about.map(literal).join(', ')}]::text[])`;
  return `
    ${ofTarget('clinical.resource')} and o.patient_id is not null
    union all
    ${ofTarget('clinical.compartment')} and o.${STILL}`;
}
