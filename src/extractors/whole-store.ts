import type { ResourceType } from '@app/fhir';

import { bucketOfId, inBuckets, isOutsideCohort, ownedByMembers } from '../cohort';
import type { ExportScope, View } from './resource-extractor';
import { asOf } from './sql';

/**
 * Everything of a type that the store holds, patients' or not (KO-01), each resource in one part: a
 * patient's goes with the patient, so that a part reads neighbours; nobody's are spread by id; what is
 * left of patients who do not exist goes to the part of the first bucket.
 */
export function wholeStore(type: ResourceType, scope: ExportScope, view?: View): string {
  const patients = asOf(type, scope, ownedByMembers(scope.cohort), view);
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
    `v.patient_id is null${inBuckets(bucketOfId('v.id'), scope.cohort)}`,
    view,
  );
  return scope.cohort.buckets.from === 0
    ? [nobodys, asOf(type, scope, leftBehind(scope), view)]
    : [nobodys];
}

function leftBehind({ cohort }: ExportScope): string {
  return `v.patient_id is not null and ${isOutsideCohort('v.patient_id', cohort)}`;
}
