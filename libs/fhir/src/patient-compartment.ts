/**
 * The R4 Patient compartment (http://hl7.org/fhir/R4/compartmentdefinition-patient.html) as data:
 * for each type, the elements whose references to a Patient put a resource into that patient's
 * compartment. The first element names the patient whom the resource is about.
 *
 * Three rows differ from HL7's definition, on purpose (docs/adr/0004-compartments.md):
 * - `Patient` is in its own compartment only; `Patient.link` would export other people's records.
 * - `Group` is in none: a group's members are not each other's data.
 * - `Device` and `Binary`, in none by R4, belong to the patient that `Device.patient` or
 *   `Binary.securityContext` names.
 * `Provenance` follows from its targets and has no row here.
 */
const PATIENT_COMPARTMENT: Readonly<Record<string, readonly string[]>> = {
  Account: ['subject'],
  AdverseEvent: ['subject'],
  AllergyIntolerance: ['patient', 'recorder', 'asserter'],
  Appointment: ['participant.actor'],
  AppointmentResponse: ['actor'],
  AuditEvent: ['agent.who', 'entity.what'],
  Basic: ['subject', 'author'],
  Binary: ['securityContext'],
  BodyStructure: ['patient'],
  CarePlan: ['subject', 'activity.detail.performer'],
  CareTeam: ['subject', 'participant.member'],
  ChargeItem: ['subject'],
  Claim: ['patient', 'payee.party'],
  ClaimResponse: ['patient'],
  ClinicalImpression: ['subject'],
  Communication: ['subject', 'sender', 'recipient'],
  CommunicationRequest: ['subject', 'sender', 'recipient', 'requester'],
  Composition: ['subject', 'author', 'attester.party'],
  Condition: ['subject', 'asserter'],
  Consent: ['patient'],
  Coverage: ['beneficiary', 'policyHolder', 'subscriber', 'payor'],
  CoverageEligibilityRequest: ['patient'],
  CoverageEligibilityResponse: ['patient'],
  DetectedIssue: ['patient'],
  Device: ['patient'],
  DeviceRequest: ['subject', 'performer'],
  DeviceUseStatement: ['subject'],
  DiagnosticReport: ['subject'],
  DocumentManifest: ['subject', 'author', 'recipient'],
  DocumentReference: ['subject', 'author'],
  Encounter: ['subject'],
  EnrollmentRequest: ['candidate'],
  EpisodeOfCare: ['patient'],
  ExplanationOfBenefit: ['patient', 'payee.party'],
  FamilyMemberHistory: ['patient'],
  Flag: ['subject'],
  Goal: ['subject'],
  ImagingStudy: ['subject'],
  Immunization: ['patient'],
  ImmunizationEvaluation: ['patient'],
  ImmunizationRecommendation: ['patient'],
  Invoice: ['subject', 'recipient'],
  List: ['subject', 'source'],
  MeasureReport: ['subject'],
  Media: ['subject'],
  MedicationAdministration: ['subject', 'performer.actor'],
  MedicationDispense: ['subject', 'receiver'],
  MedicationRequest: ['subject'],
  MedicationStatement: ['subject'],
  MolecularSequence: ['patient'],
  NutritionOrder: ['patient'],
  Observation: ['subject', 'performer'],
  Person: ['link.target'],
  Procedure: ['subject', 'performer.actor'],
  QuestionnaireResponse: ['subject', 'author'],
  RelatedPerson: ['patient'],
  RequestGroup: ['subject', 'action.participant'],
  ResearchSubject: ['individual'],
  RiskAssessment: ['subject'],
  Schedule: ['actor'],
  ServiceRequest: ['subject', 'performer'],
  Specimen: ['subject'],
  SupplyDelivery: ['patient'],
  SupplyRequest: ['deliverTo'],
  VisionPrescription: ['patient'],
};

/** Element paths (dotted, from the root) that decide whose compartment a resource is in. */
export function compartmentPaths(type: string): readonly string[] {
  return PATIENT_COMPARTMENT[type] ?? [];
}

/**
 * True for types that a patient's resources merely point at: nobody's compartment by R4, so they
 * travel with an export only through links. `Device` and `Binary` are linkable unless an instance
 * names its patient.
 */
export function isLinkableType(type: string): boolean {
  if (type === 'Device' || type === 'Binary') return true;
  return !(type in PATIENT_COMPARTMENT) && !['Patient', 'Group', 'Provenance'].includes(type);
}
