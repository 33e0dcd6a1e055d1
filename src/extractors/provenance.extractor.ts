import { Injectable } from '@nestjs/common';

import type { ExportScope, ResourceExtractor } from './resource-extractor';
import { asOf, literal, slotOfId, slotsOf, time } from './sql';

/**
 * Provenance that has at least one target in a member's compartment (PR-67), of the types that the
 * provenance policy names. A Provenance of several members' resources appears once.
 */
@Injectable()
export class ProvenanceExtractor implements ResourceExtractor {
  readonly type = 'Provenance';
  readonly byDefault = true;
  readonly divisible = true;

  select(scope: ExportScope): string {
    return asOf(this.type, scope, `v.id in (${provenanceOfMembers(scope)})`);
  }
}

/**
 * A target counts as it was at `transactionTime`: deleted or moved ones bring nothing along. The slots
 * are cut here, before the joins, so that each part joins its own share of the targets only.
 */
function provenanceOfMembers(scope: ExportScope): string {
  const t = time(scope.transactionTime);
  const targets = `
    clinical.provenance_target t
    join export.cohort_member m on m.job_id = ${literal(scope.jobId)}`;
  const types = scope.provenanceOf.map(literal).join(', ');
  const valid = `t.target_type in (${types})
    and t.valid_from <= ${t} and t.valid_to > ${t}${slotsOf(slotOfId('t.provenance_id'), scope)}`;
  const ownedThrough = (owner: string, asOfTime: string): string => `
    select t.provenance_id from ${targets} join ${owner} o
      on o.type = t.target_type and o.type in (${types}) and o.id = t.target_id
         and o.patient_id = m.patient_id
    where ${valid} and ${asOfTime}`;
  return [
    ownedThrough('clinical.resource', `o.last_updated <= ${t}`),
    ownedThrough(
      'clinical.resource_history',
      `o.last_updated <= ${t} and o.superseded_at > ${t} and not o.deleted`,
    ),
    ownedThrough('clinical.compartment', `o.valid_from <= ${t} and o.valid_to > ${t}`),
  ].join('\nunion\n');
}
