import type { ResourceType } from '@app/fhir';

import type { ExportScope, View } from './resource-extractor';
import { asOf, literal, ownedByMembers, slotOfId, slotsOf } from './sql';

/**
 * Everything of a type that the store holds, patients' or not (KO-01), each resource in one part: a
 * patient's goes with the patient, so that a part reads neighbours; nobody's are spread by id; what is
 * left of patients who do not exist goes to the part of the first slot.
 */
export function wholeStore(type: ResourceType, scope: ExportScope, view?: View): string {
  const patients = asOf(type, scope, ownedByMembers(scope), view);
  return [patients, ...restOfStore(type, scope, view)].join('\nunion all\n');
}

/** What is not in the own compartment of a patient who exists. */
export function restOfStore(
  type: ResourceType,
  scope: ExportScope,
  view?: View,
): readonly string[] {
  const nobodys = asOf(
    type,
    scope,
    `v.patient_id is null${slotsOf(slotOfId('v.id'), scope)}`,
    view,
  );
  return scope.slots.from === 0 ? [nobodys, asOf(type, scope, leftBehind(scope), view)] : [nobodys];
}

function leftBehind({ jobId }: ExportScope): string {
  return `v.patient_id is not null and not exists (
    select from export.cohort_member m where m.job_id = ${literal(jobId)} and m.patient_id = v.patient_id)`;
}
