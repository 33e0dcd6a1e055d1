import { type ExportScope, literal, slotsOf, time } from '../extractors';
import { STORE_IS_OURS } from './store-is-ours';

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
 * @param form key of the form of lines that is wanted
 * @param maxLines members with more resources are left out
 */
export function chooseMembers(
  type: string,
  scope: ExportScope,
  { form, maxLines }: { readonly form: string; readonly maxLines: number },
): string {
  const job = literal(scope.jobId);
  const ofProvenance = type === 'Provenance';
  return `
    with share as materialized (
      select c.patient_id from export.cohort_member c
      where c.job_id = ${job}${slotsOf('c.slot', scope)}
    ), noted as materialized (
      select n.patient_id, max(n.xid) as xid from clinical.packed_note n
      where ${ofProvenance ? "n.type <> 'Provenance'" : `n.type in (${literal(type)}, '*')`}
      group by n.patient_id
    ), ${ofProvenance ? `${CHANGED_PROVENANCE}, ` : ''}held as (
      select m.id, count(*)::integer as patients,
             coalesce(bool_or(n.xid >= s.seen), false) as changed
      from clinical.packed_segment s
      join clinical.packed_member m on m.segment_id = s.id
      cross join lateral unnest(m.patients) as p (patient_id)
      join share c on c.patient_id = p.patient_id
      left join noted n on n.patient_id = p.patient_id
      where s.type = ${literal(type)} and s.form = ${literal(form)}
        and s.valid_from <= ${time(scope.transactionTime)} and m.resources <= ${maxLines}
        and exists (select from export.cohort_member c
                    where c.job_id = ${job} and c.patient_id >= s.first_patient
                      and c.patient_id <= s.last_patient)
        and not exists (select from noted e where e.patient_id = '*' and e.xid >= s.seen)
        ${ofProvenance ? 'and not exists (select from changed_provenance g where g.id = m.id)' : ''}
      group by m.id
    )
    select m.id, m.segment_id, m.start, m.length, m.resources, m.bytes, ${AS_OF} as as_of,
           h.patients, (select count(*) from share)::float8 as share_patients,
           (select sum(t.resources) from clinical.packed_segment t where t.type = ${literal(type)})::float8
             as type_resources
    from held h
    join clinical.packed_member m on m.id = h.id
    join clinical.packed_segment s on s.id = m.segment_id
    where h.patients = cardinality(m.patients) and not h.changed and (${STORE_IS_OURS})
    order by m.segment_id, m.start`;
}

const AS_OF = `to_char(s.as_of at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** Notes about Provenance name it; those about whatever leads to it name a patient. */
const CHANGED_PROVENANCE = `
    changed_provenance as materialized (
      select distinct m.id from clinical.packed_segment s
      join clinical.packed_member m on m.segment_id = s.id
      cross join lateral unnest(m.ids) as held (id)
      join clinical.packed_note n on n.type = 'Provenance' and n.patient_id = held.id
      where s.type = 'Provenance' and n.xid >= s.seen
    )`;
