import { existsAt, validAt } from '../clinical-data';
import { members } from '../cohort';
import { literal, time } from '../database';
import { type ExportScope, isAboutMembers, listedTypes, provenanceOfMembers } from '../extractors';
import type { PackedShare } from './packed-share';

/**
 * What packed members of Provenance leave to be given. A member knows everything of its patients that led
 * to a Provenance when it was packed. Two kinds are left: what is about patients in no member
 * (`remaining`), and what something newer may lead to (`candidate`). Candidates are looked at one by one.
 */
export function provenanceBeside(scope: ExportScope, share: PackedShare): string {
  const ids = share.few
    ? `${ofRemaining(scope)} union select k.id from candidate k where ${isAboutMembers('k.id', scope)}`
    : provenanceOfMembers(scope);
  return `
    with ${relations(scope, share)}, wanted as materialized (
      select i.id from (${ids}) i (id) where not exists (select from held h where h.id = i.id)
    )
    select l.content from wanted w cross join lateral (
      select v.content from clinical.version v
      where v.type = 'Provenance' and v.id = w.id and ${existsAt('v', time(scope.transactionTime))}
      offset 0) l`;
}

function relations(scope: ExportScope, { memberIds, oldest }: PackedShare): string {
  const since = time(oldest);
  const target = (row: string): string =>
    `clinical.provenance_target t on t.target_type = ${row}.type and t.target_id = ${row}.id`;
  return `
    copied as materialized (
      select m.patients, m.ids, m.others from clinical.packed_member m
      where m.id = any (${literal(`{${memberIds.join(',')}}`)}::bigint[])
    ), held as materialized (
      select unnest(c.ids) as id from copied c
    ), packed as materialized (
      select unnest(c.patients) as patient_id from copied c
    ), remaining as materialized (
      select c.patient_id from (${members(scope.cohort)}) c
      where not exists (select from packed p where p.patient_id = c.patient_id)
    ), candidate as materialized (
      select unnest(c.others) as id from copied c
      union
      select n.patient_id from clinical.packed_note n where n.type = 'Provenance'
      union
      select v.id from clinical.resource v where v.type = 'Provenance' and v.last_updated > ${since}
      union
      select t.provenance_id from clinical.resource o join ${target('o')} where o.last_updated > ${since}
      union
      select t.provenance_id from clinical.version o join ${target('o')}
      where o.type in (${listedTypes(scope.provenanceOf)}) and not o.deleted
        and o.valid_to > ${time(scope.transactionTime)} and o.valid_to < 'infinity'
      union
      select t.provenance_id from clinical.compartment o join ${target('o')} where o.valid_from > ${since}
      union
      select t.provenance_id from clinical.packed_note n
      join clinical.resource o on o.patient_id = n.patient_id
      join clinical.compartment c on c.type = o.type and c.id = o.id
      join ${target('o')}
      where n.type not in ('Provenance', '*')
    )`;
}

/** Of few: a list of patients is looked up, for PostgreSQL does not know how few remain. */
function ofRemaining(scope: ExportScope): string {
  const t = time(scope.transactionTime);
  const types = listedTypes(scope.provenanceOf);
  const theirs = `o.patient_id = any (array(select r.patient_id from remaining r)) and o.type in (${types})`;
  return `
    select t.provenance_id as id
    from (
      select o.type, o.id from clinical.version o where ${theirs} and ${existsAt('o', t)}
      union all
      select o.type, o.id from clinical.compartment o where ${theirs} and ${validAt('o', t)}
    ) o
    join clinical.provenance_target t on t.target_type = o.type and t.target_id = o.id
    where ${validAt('t', t)}`;
}
