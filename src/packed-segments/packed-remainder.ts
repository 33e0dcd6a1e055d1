import type { ResourceType } from '@app/fhir';

import { members } from '../cohort';
import { literal, time } from '../database';
import { asOf, type ExportScope } from '../extractors';
import type { PackedShare } from './packed-share';

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
  // How many patients remain is known here and not to PostgreSQL: a list is looked up, never joined.
  const remaining = 'select r.patient_id from remaining r';
  const unpacked = share.few ? `= any (array(${remaining}))` : `in (${remaining})`;
  return {
    relations: relations(scope, share),
    branches: [
      asOf(type, scope, `v.patient_id ${unpacked}`),
      asOf(
        type,
        scope,
        `v.valid_from > ${time(share.oldest)}
         and exists (select from packed p where p.patient_id = v.patient_id and v.valid_from > p.as_of)`,
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
      select c.patient_id from (${members(scope.cohort)}) c
      where not exists (select from packed p where p.patient_id = c.patient_id)
    )`;
}
