import type { ResourceType } from '@app/fhir';

/**
 * How a type is tied to the patients of an export.
 * - `patient`: it lies in patients' compartments.
 * - `linked`: it is in nobody's compartment and travels because members' resources point at it.
 * - `owned-or-linked`: an instance that names its patient belongs to that patient alone, the others
 *   are linked.
 * - `custom`: a class of its own decides.
 */
export type CatalogEntry =
  | { readonly kind: 'patient' }
  | { readonly kind: 'linked' }
  | { readonly kind: 'owned-or-linked'; readonly onlyWhenNamed?: true }
  | { readonly kind: 'custom' };

const patient = { kind: 'patient' } as const;
const linked = { kind: 'linked' } as const;
const ownedOrLinked = { kind: 'owned-or-linked' } as const;
const custom = { kind: 'custom' } as const;

/** Every exportable type, one row each. A type without a row, or a row too many, does not compile. */
export const RESOURCE_CATALOG = {
  AllergyIntolerance: patient,
  // DT-05: a patient's binary content travels as DocumentReference attachments; lines of Binary are
  // given only to those who ask for them by name.
  Binary: { kind: 'owned-or-linked', onlyWhenNamed: true },
  CarePlan: patient,
  CareTeam: patient,
  Condition: patient,
  Device: ownedOrLinked,
  DiagnosticReport: patient,
  DocumentReference: patient,
  Encounter: patient,
  Goal: patient,
  Group: custom,
  Immunization: patient,
  Location: linked,
  Medication: linked,
  MedicationAdministration: patient,
  MedicationRequest: patient,
  MedicationStatement: patient,
  Observation: patient,
  Organization: linked,
  Patient: patient,
  Practitioner: linked,
  PractitionerRole: linked,
  Procedure: patient,
  Provenance: custom,
  RelatedPerson: patient,
} as const satisfies Readonly<Record<ResourceType, CatalogEntry>>;

/** The types whose rows say `custom`: each must have a class in extractors.module.ts. */
export type CustomResourceType = {
  [T in ResourceType]: (typeof RESOURCE_CATALOG)[T] extends { readonly kind: 'custom' } ? T : never;
}[ResourceType];
