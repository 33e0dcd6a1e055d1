import { hasMemberBetween, members } from '../cohort';
import { literal, time } from '../database';
import type { ExportScope } from '../extractors';
import { CHANGES_ARE_NOTED } from './changes-are-noted.sql';
import { formHere } from './form-here.sql';

/** A packed member that holds for a scope. */
export interface ChosenMember {
  readonly id: string;
  readonly segment_id: string;
  readonly start: number;
  readonly length: number;
  readonly resources: number;
  readonly bytes: number;
  readonly as_of: string;
  /** Patients in this member, and in the part's share of the cohort. */
  readonly patients: number;
  readonly share_patients: number;
  /** Resources in all segments of the type. */
  readonly type_resources: number;
}

/**
 * SQL of the members that may be copied for a scope, in the order of their places (docs/packed-segments.md
 * has the proof): every patient is in the part's share of the cohort, the member was packed before
 * `transactionTime`, and nothing that it holds has changed or gone since. Notes of transactions that the
 * packing may not have seen count against it, whether it has seen them or not.
 *
 * Only segments between the first and the last patient of the share are looked at. `offset 0` keeps what
 * is before it to itself: members are found by the index, however PostgreSQL is set, and lists are spread
 * before they are joined. Everything else is to be joined by hashing: see WITHOUT_GUESSES.
 *
 * @param form key of the form of lines that is wanted
 * @param maxLines members with more resources are left out
 */
export function chooseMembers(
  type: string,
  scope: ExportScope,
  { form, maxLines }: { readonly form: string; readonly maxLines: number },
): string {
  const ofProvenance = type === 'Provenance';
  return `
    with share as materialized (
      ${members(scope.cohort)}
    ), noted as materialized (
      select n.patient_id, max(n.xid) as xid from clinical.packed_note n
      where ${ofProvenance ? "n.type <> 'Provenance'" : `n.type in (${literal(type)}, '*')`}
      group by n.patient_id
    ), segment as materialized (
      select s.id, s.seen, s.as_of from clinical.packed_segment s
      where s.type = ${literal(type)} and s.form = ${formHere(literal(form))}
        and s.valid_from <= ${time(scope.transactionTime)}
        and s.patient_from <= (select max(patient_id) from share)
        and s.patient_from >= (
          select max(e.patient_from) from clinical.packed_segment e
          where e.type = ${literal(type)} and e.patient_from <= (select min(patient_id) from share))
        and ${hasMemberBetween('s.first_patient', 's.last_patient', scope.cohort)}
        and not exists (select from noted e where e.patient_id = '*' and e.xid >= s.seen)
    ), member as materialized (
      select m.*, s.seen, s.as_of from segment s
      cross join lateral (
        select l.id, l.segment_id, l.start, l.length, l.resources, l.bytes, l.patients,
               ${ofProvenance ? 'l.ids' : 'null::text[] as ids'}
        from clinical.packed_member l
        where l.segment_id = s.id and l.resources <= ${maxLines}
        offset 0) m
    ), held as (
      select p.id, count(*)::integer as patients, coalesce(bool_or(n.xid >= p.seen), false) as changed
      from (select m.id, m.seen, unnest(m.patients) as patient_id from member m offset 0) p
      join share c on c.patient_id = p.patient_id
      left join noted n on n.patient_id = p.patient_id
      group by p.id
    )
    select m.id, m.segment_id, m.start, m.length, m.resources, m.bytes, ${AS_OF} as as_of,
           h.patients, (select count(*) from share)::float8 as share_patients,
           (select sum(t.resources) from clinical.packed_segment t where t.type = ${literal(type)})::float8
             as type_resources
    from held h
    join member m on m.id = h.id
    where h.patients = cardinality(m.patients) and not h.changed and (${CHANGES_ARE_NOTED})
      ${ofProvenance ? NO_PROVENANCE_CHANGED : ''}
    order by m.segment_id, m.start`;
}

/**
 * What PostgreSQL knows of members that were packed a moment ago is nothing, or out of date. It would take
 * them for a handful and compare each of ten thousand patients with each of the share. Before and after
 * `chooseMembers`, in its transaction.
 */
export const WITHOUT_GUESSES = {
  begin: 'set local enable_nestloop = off',
  end: 'set local enable_nestloop to default',
};

const AS_OF = `to_char(m.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Notes about Provenance name it; those about whatever leads to it name a patient. */
const NO_PROVENANCE_CHANGED = `
      and m.id not in (
        select g.id
        from (select m.id, m.seen, unnest(m.ids) as provenance_id from member m offset 0) g
        join (select n.patient_id as provenance_id, max(n.xid) as xid from clinical.packed_note n
              where n.type = 'Provenance' group by n.patient_id) n on n.provenance_id = g.provenance_id
        where n.xid >= g.seen)`;
