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
  Account: patient,
  ActivityDefinition: linked,
  AdverseEvent: patient,
  AllergyIntolerance: patient,
  Appointment: patient,
  AppointmentResponse: patient,
  AuditEvent: patient,
  Basic: patient,
  // DT-05: a patient's binary content travels as DocumentReference attachments; lines of Binary are
  // given only to those who ask for them by name.
  Binary: { kind: 'owned-or-linked', onlyWhenNamed: true },
  BodyStructure: patient,
  CarePlan: patient,
  CareTeam: patient,
  ChargeItem: patient,
  Claim: patient,
  ClaimResponse: patient,
  ClinicalImpression: patient,
  Communication: patient,
  CommunicationRequest: patient,
  Composition: patient,
  Condition: patient,
  Consent: patient,
  Coverage: patient,
  CoverageEligibilityRequest: patient,
  CoverageEligibilityResponse: patient,
  DetectedIssue: patient,
  Device: ownedOrLinked,
  DeviceDefinition: linked,
  DeviceRequest: patient,
  DeviceUseStatement: patient,
  DiagnosticReport: patient,
  DocumentManifest: patient,
  DocumentReference: patient,
  Encounter: patient,
  Endpoint: linked,
  EnrollmentRequest: patient,
  EpisodeOfCare: patient,
  ExplanationOfBenefit: patient,
  FamilyMemberHistory: patient,
  Flag: patient,
  Goal: patient,
  Group: custom,
  HealthcareService: linked,
  ImagingStudy: patient,
  Immunization: patient,
  ImmunizationEvaluation: patient,
  ImmunizationRecommendation: patient,
  InsurancePlan: linked,
  Invoice: patient,
  Library: linked,
  List: patient,
  Location: linked,
  Measure: linked,
  MeasureReport: patient,
  Media: patient,
  Medication: linked,
  MedicationAdministration: patient,
  MedicationDispense: patient,
  MedicationKnowledge: linked,
  MedicationRequest: patient,
  MedicationStatement: patient,
  MolecularSequence: patient,
  NutritionOrder: patient,
  Observation: patient,
  ObservationDefinition: linked,
  Organization: linked,
  OrganizationAffiliation: linked,
  Patient: patient,
  Person: patient,
  PlanDefinition: linked,
  Practitioner: linked,
  PractitionerRole: linked,
  Procedure: patient,
  Provenance: custom,
  Questionnaire: linked,
  QuestionnaireResponse: patient,
  RelatedPerson: patient,
  RequestGroup: patient,
  ResearchStudy: linked,
  ResearchSubject: patient,
  RiskAssessment: patient,
  Schedule: patient,
  ServiceRequest: patient,
  Slot: linked,
  Specimen: patient,
  SpecimenDefinition: linked,
  Substance: linked,
  SupplyDelivery: patient,
  SupplyRequest: patient,
  VisionPrescription: patient,
} as const satisfies Readonly<Record<ResourceType, CatalogEntry>>;

/** The types whose rows say `custom`: each must have a class in extractors.module.ts. */
export type CustomResourceType = {
  [T in ResourceType]: (typeof RESOURCE_CATALOG)[T] extends { readonly kind: 'custom' } ? T : never;
}[ResourceType];
