/** What a resource must have by a profile of US Core. */
export interface UsCoreProfile {
  readonly name: string;
  readonly type: string;
  /** Which resources of the type the profile is for, in FHIRPath; all of them when absent. */
  readonly where?: string;
  /** FHIRPath that must be true: mandatory elements, slices and invariants. */
  readonly requires: readonly string[];
}

const SUBJECT = 'subject.reference.exists()';
const VITAL_SIGN = [
  'status.exists()',
  "category.coding.where(code = 'vital-signs').exists()",
  SUBJECT,
  'effective.exists()',
  'value.exists() or component.exists() or dataAbsentReason.exists()',
  'value.all(unit.exists() and code.exists())',
];

function hasCoding(path: string, system: string, code: string): string {
  return `${path}.coding.where(system = '${system}' and code = '${code}').exists()`;
}

function vitalSign(name: string, ...codes: readonly string[]): UsCoreProfile {
  const has = codes.map((code) => hasCoding('code', 'http://loinc.org', code));
  const [first = ''] = has.slice(-1);
  return { name, type: 'Observation', where: first, requires: [...VITAL_SIGN, ...has] };
}

/**
 * Mandatory elements, mandatory slices and invariants of the profiles that fit the sample, from the
 * definitions of US Core 6.1.0 (https://hl7.org/fhir/us/core/STU6.1/profiles-and-extensions.html).
 * Bindings to value sets of VSAC are not among them.
 */
export const US_CORE_PROFILES: readonly UsCoreProfile[] = [
  {
    name: 'allergyintolerance',
    type: 'AllergyIntolerance',
    requires: ['code.exists()', 'patient.exists()', 'reaction.all(manifestation.exists())'],
  },
  {
    name: 'careplan',
    type: 'CarePlan',
    requires: [
      'text.all(status.exists() and `div`.exists())',
      'status.exists() and intent.exists()',
      hasCoding(
        'category',
        'http://hl7.org/fhir/us/core/CodeSystem/careplan-category',
        'assess-plan',
      ),
      SUBJECT,
    ],
  },
  {
    name: 'careteam',
    type: 'CareTeam',
    requires: [
      SUBJECT,
      'participant.exists()',
      'participant.all(role.exists() and member.exists())',
    ],
  },
  {
    name: 'condition-problems-health-concerns',
    type: 'Condition',
    where: "category.coding.where(code = 'problem-list-item' or code = 'health-concern').exists()",
    requires: ['code.exists()', SUBJECT],
  },
  {
    name: 'condition-encounter-diagnosis',
    type: 'Condition',
    where: "category.coding.where(code = 'encounter-diagnosis').exists()",
    requires: ['code.exists()', SUBJECT],
  },
  {
    name: 'diagnosticreport-lab',
    type: 'DiagnosticReport',
    requires: [
      'status.exists() and code.exists()',
      hasCoding('category', 'http://terminology.hl7.org/CodeSystem/v2-0074', 'LAB'),
      SUBJECT,
      "status = 'partial' or (effective.exists() and issued.exists())",
    ],
  },
  {
    name: 'documentreference',
    type: 'DocumentReference',
    requires: [
      'status.exists() and type.exists() and category.exists()',
      SUBJECT,
      'content.exists() and content.all(attachment.exists())',
      'content.attachment.all(url.exists() or data.exists())',
    ],
  },
  {
    name: 'encounter',
    type: 'Encounter',
    requires: [
      'status.exists() and class.exists() and type.exists()',
      SUBJECT,
      'identifier.all(system.exists() and value.exists())',
    ],
  },
  {
    name: 'goal',
    type: 'Goal',
    requires: ['lifecycleStatus.exists() and description.exists()', SUBJECT],
  },
  {
    name: 'immunization',
    type: 'Immunization',
    requires: [
      'status.exists() and vaccineCode.exists() and occurrence.exists()',
      'patient.exists()',
    ],
  },
  {
    name: 'implantable-device',
    type: 'Device',
    where: 'patient.exists()',
    requires: ['type.exists()', 'udiCarrier.all(deviceIdentifier.exists())'],
  },
  { name: 'location', type: 'Location', requires: ['name.exists()'] },
  { name: 'medication', type: 'Medication', requires: ['code.exists()'] },
  {
    name: 'medicationrequest',
    type: 'MedicationRequest',
    requires: ['status.exists() and intent.exists() and medication.exists()', SUBJECT],
  },
  {
    name: 'observation-lab',
    type: 'Observation',
    where: "category.coding.where(code = 'laboratory').exists()",
    requires: [
      'status.exists() and code.exists()',
      SUBJECT,
      'value.exists() or component.exists() or dataAbsentReason.exists()',
    ],
  },
  {
    name: 'smokingstatus',
    type: 'Observation',
    where: hasCoding('code', 'http://loinc.org', '72166-2'),
    requires: [
      'status.exists() and effective.exists()',
      "category.coding.where(code = 'social-history').exists()",
      SUBJECT,
      'value.exists()',
    ],
  },
  vitalSign('blood-pressure', '85354-9'),
  vitalSign('body-temperature', '8310-5'),
  vitalSign('body-height', '8302-2'),
  vitalSign('body-weight', '29463-7'),
  vitalSign('heart-rate', '8867-4'),
  vitalSign('pulse-oximetry', '59408-5', '2708-6'),
  vitalSign('respiratory-rate', '9279-1'),
  {
    name: 'organization',
    type: 'Organization',
    requires: ['active.exists() and name.exists()', 'address.all(line.count() <= 4)'],
  },
  {
    name: 'patient',
    type: 'Patient',
    requires: [
      'identifier.exists() and identifier.all(system.exists() and value.exists())',
      'name.exists() and name.all(family.exists() or given.exists())',
      'gender.exists()',
      'telecom.all(system.exists() and value.exists())',
      'communication.all(language.exists())',
    ],
  },
  {
    name: 'practitioner',
    type: 'Practitioner',
    requires: [
      'identifier.exists() and identifier.all(system.exists() and value.exists())',
      "identifier.where(system = 'http://hl7.org/fhir/sid/us-npi').all(value.matches('^[0-9]{10}$'))",
      'name.exists() and name.all(family.exists())',
    ],
  },
  {
    name: 'practitionerrole',
    type: 'PractitionerRole',
    requires: [
      // pd-1
      'telecom.exists() or endpoint.exists()',
      'telecom.all(system.exists() and value.exists())',
    ],
  },
  {
    name: 'procedure',
    type: 'Procedure',
    requires: [
      'status.exists() and code.exists()',
      SUBJECT,
      "(status = 'completed' or status = 'in-progress') implies performed.exists()",
    ],
  },
  {
    name: 'provenance',
    type: 'Provenance',
    requires: [
      'target.all(reference.exists()) and recorded.exists()',
      'agent.exists() and agent.all(who.exists())',
      // provenance-1
      "agent.all(who.reference.startsWith('Practitioner/') implies onBehalfOf.exists())",
      hasCoding(
        'agent.type',
        'http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type',
        'transmitter',
      ),
    ],
  },
  {
    name: 'relatedperson',
    type: 'RelatedPerson',
    requires: ['active.exists() and patient.exists()', 'name.exists() or relationship.exists()'],
  },
];
