import { isResourceType } from '@app/fhir';

/**
 * The tables that a merge of these types has written to, for ANALYZE: right after a load autovacuum
 * has not come by yet, and the first export would be planned for empty tables. The largest first.
 */
export function changedRelations(types: readonly string[]): readonly string[] {
  if (types.length === 0) return [];
  const partitions = types.map((type) => (isResourceType(type) ? type.toLowerCase() : 'other'));
  return [
    ...[...new Set(partitions)].map((partition) => `clinical.resource_${partition}`),
    'clinical.resource_history, clinical.compartment, clinical.patient_link',
    'clinical.resource_link, clinical.provenance_target',
  ];
}
