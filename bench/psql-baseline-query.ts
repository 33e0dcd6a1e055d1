import { escapeLiteral } from 'pg';

import { isLinkableType, OFFERED_BY_DEFAULT } from '@app/fhir';

const list = (types: readonly string[]): string =>
  types.map((type) => escapeLiteral(type)).join(', ');

/**
 * The rows that a full export of a group gives, Group itself apart, as one would select them by hand:
 * without regard to time, history and shards, hence cheaper than what the service asks. That it yields
 * as many rows is checked in each round.
 *
 * @param since only what has changed after this instant
 */
export function psqlBaselineQuery(groupId: string, since?: string): string {
  const changed = since === undefined ? '' : ` and r.last_updated > ${escapeLiteral(since)}`;
  const members = `
    select m.patient_id from groups.member m
    where m.group_id = ${escapeLiteral(groupId)} and m.removed_at = 'infinity' and not m.inactive`;
  const linked = OFFERED_BY_DEFAULT.filter(isLinkableType);
  return `
    select r.content from clinical.resource r
    where r.type in (${list(OFFERED_BY_DEFAULT)}) and r.patient_id in (${members})${changed}
    union all
    select r.content from clinical.resource r
    where (r.type, r.id) in (
        select c.type, c.id from clinical.compartment c where c.patient_id in (${members}))
      and r.patient_id not in (${members})${changed}
    union all
    select r.content from clinical.resource r
    where r.type in (${list(linked)}) and r.patient_id is null
      and (r.type, r.id) in (
        select l.target_type, l.target_id from clinical.patient_link l
        where l.patient_id in (${members}))${changed}
    union all
    select r.content from clinical.resource r
    where r.type = 'Provenance'
      and r.id in (
        select t.provenance_id from clinical.provenance_target t
        join clinical.resource o on o.type = t.target_type and o.id = t.target_id
        where o.patient_id in (${members})
        union
        select t.provenance_id from clinical.provenance_target t
        join clinical.compartment c on c.type = t.target_type and c.id = t.target_id
        where c.patient_id in (${members}))${changed}`;
}
