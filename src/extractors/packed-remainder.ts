import type { ResourceType } from '@app/fhir';

import type { ExportScope, PackedShare } from './resource-extractor';
import { asOf, literal, members, time } from './sql';

/**
 * What is left of members' own compartments when packed members are copied: everything of patients who
 * are in none of them, and of the others what was taken in after the packing. A packed member holds all
 * that its patients had by `as_of`, so the two together are the compartment, each resource once.
 */
export function packedRemainder(
  type: ResourceType,
  scope: ExportScope,
  share: PackedShare,
): { readonly relations: string; readonly branches: readonly string[] } {
  const unpacked = `select r.patient_id from remaining r`;
  return {
    relations: relations(scope, share),
    branches: [
      share.few ? fewPatients(type, scope) : asOf(type, scope, `v.patient_id in (${unpacked})`),
      asOf(
        type,
        scope,
        `v.last_updated > ${time(share.oldest)}
         and exists (select from packed p where p.patient_id = v.patient_id and v.last_updated > p.as_of)`,
      ),
    ],
  };
}

function relations(scope: ExportScope, { memberIds }: PackedShare): string {
  const ids = literal(`{${memberIds.join(',')}}`);
  return `
    with packed as materialized (
      select p.patient_id, s.as_of
      from clinical.packed_member m
      join clinical.packed_segment s on s.id = m.segment_id
      cross join lateral unnest(m.patients) as p (patient_id)
      where m.id = any (${ids}::bigint[])
    ), remaining as materialized (
      select c.patient_id from (${members(scope)}) c
      where not exists (select from packed p where p.patient_id = c.patient_id)
    )`;
}

/**
 * Patient by patient: how many patients remain is known here and not to PostgreSQL, which would read
 * the whole type to find the rows of a handful.
 */
function fewPatients(type: ResourceType, scope: ExportScope): string {
  const t = time(scope.transactionTime);
  return [
    `select v.content from remaining r
     cross join lateral (
       select l.content from clinical.resource l
       where l.type = ${literal(type)} and l.patient_id = r.patient_id and l.last_updated <= ${t}
       offset 0) v`,
    `select v.content from clinical.resource_history v
     where v.type = ${literal(type)} and v.last_updated <= ${t} and v.superseded_at > ${t}
       and not v.deleted and v.patient_id in (select r.patient_id from remaining r)`,
  ].join('\nunion all\n');
}
