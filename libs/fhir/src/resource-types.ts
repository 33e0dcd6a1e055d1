/**
 * The resource types that can be exported: the vendor's list.
 * Adding one is a name here and a row in the extractors' catalog.
 */
export const RESOURCE_TYPES = [
  'AllergyIntolerance',
  'Binary',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Group',
  'Immunization',
  'Location',
  'Medication',
  'MedicationAdministration',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'Provenance',
  'RelatedPerson',
] as const;

export type ResourceType = (typeof RESOURCE_TYPES)[number];

const exportable: ReadonlySet<string> = new Set(RESOURCE_TYPES);

/** True when `name` is one of the exportable types; case-sensitive, as FHIR type names are. */
export function isResourceType(name: string): name is ResourceType {
  return exportable.has(name);
}
