import { OBSERVATION_PROFILES } from './us-core-observations';
import { hasCoding, SUBJECT, type UsCoreProfile } from './us-core-profile';

/**
 * Mandatory elements, mandatory slices and invariants of the profiles that fit the sample, from the
 * definitions of US Core 6.1.0 (https://hl7.org/fhir/us/core/STU6.1/profiles-and-extensions.html).
 * Bindings to value sets of VSAC are not among them.
 */
export const US_CORE_PROFILES: readonly UsCoreProfile[] = [
  ...OBSERVATION_PROFILES,
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
    shows: [
      'abatement.ofType(dateTime).exists()',
      "category.coding.where(code = 'sdoh').exists()",
      "category.coding.where(code = 'health-concern').exists()",
    ],
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
    where: "category.coding.where(code = 'LAB').exists()",
    shows: [
      "performer.where(reference.startsWith('Practitioner/')).exists()",
      "performer.where(reference.startsWith('Organization/')).exists()",
      'result.exists()',
    ],
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
    shows: ['identifier.exists() and content.format.exists()'],
    requires: [
      'status.exists() and type.exists() and category.exists()',
      SUBJECT,
      'content.exists() and content.all(attachment.exists())',
      'content.attachment.all(url.exists() or data.exists())',
    ],
  },
  {
    name: 'coverage',
    type: 'Coverage',
    requires: [
      'status.exists() and beneficiary.exists() and payor.count() = 1',
      'relationship.exists()',
      // us-core-15
      "identifier.type.coding.where(code = 'MB').exists() or subscriberId.exists()",
    ],
    shows: [
      "identifier.where(type.coding.code = 'MB').exists()",
      'type.exists() and subscriberId.exists() and period.exists()',
      "class.where(type.coding.code = 'group').where(value.exists() and name.exists()).exists()",
      "class.where(type.coding.code = 'plan').where(value.exists() and name.exists()).exists()",
    ],
  },
  {
    name: 'diagnosticreport-note',
    type: 'DiagnosticReport',
    where: "category.coding.where(code = 'LP29684-5').exists()",
    requires: ['status.exists() and code.exists()', SUBJECT],
    shows: [
      'encounter.exists() and effective.exists() and issued.exists()',
      "performer.where(reference.startsWith('Practitioner/')).exists()",
      "performer.where(reference.startsWith('Organization/')).exists()",
      'result.exists() and presentedForm.exists()',
    ],
  },
  {
    name: 'medicationdispense',
    type: 'MedicationDispense',
    requires: [
      'status.exists() and medication.exists()',
      SUBJECT,
      // us-core-20
      "status = 'completed' implies whenHandedOver.exists()",
    ],
    shows: [
      'context.exists() and performer.actor.exists() and authorizingPrescription.exists()',
      'type.exists() and quantity.exists()',
      'dosageInstruction.where(text.exists() and timing.exists() and route.exists()).exists()',
      'dosageInstruction.doseAndRate.dose.exists()',
    ],
  },
  {
    name: 'questionnaireresponse',
    type: 'QuestionnaireResponse',
    requires: [
      'questionnaire.exists() and status.exists() and authored.exists()',
      SUBJECT,
      'item.all(linkId.exists())',
    ],
    shows: [
      'author.exists() and identifier.exists()',
      'item.text.exists() and item.item.answer.value.exists()',
      'item.item.answer.item.exists()',
      'repeat(item | answer.item).answer.value.ofType(Coding).exists()',
      'repeat(item | answer.item).answer.value.ofType(decimal).exists()',
      'repeat(item | answer.item | answer).value.ofType(string).exists()',
    ],
  },
  {
    name: 'servicerequest',
    type: 'ServiceRequest',
    requires: ['status.exists() and intent.exists() and code.exists()', SUBJECT],
    shows: [
      'category.exists() and encounter.exists() and occurrence.ofType(Period).exists()',
      'authoredOn.exists() and requester.exists() and reasonCode.exists()',
    ],
  },
  {
    name: 'specimen',
    type: 'Specimen',
    requires: ['type.exists()'],
    shows: [
      'identifier.exists() and accessionIdentifier.exists()',
      'subject.exists() and collection.bodySite.exists() and condition.exists()',
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
    shows: ['distinctIdentifier.exists() and lotNumber.exists()'],
    requires: ['type.exists()', 'udiCarrier.all(deviceIdentifier.exists())'],
  },
  {
    name: 'location',
    type: 'Location',
    requires: ['name.exists()'],
    shows: ['telecom.exists() and address.exists()'],
  },
  { name: 'medication', type: 'Medication', requires: ['code.exists()'] },
  {
    name: 'medicationrequest',
    type: 'MedicationRequest',
    shows: [
      'reported.exists() and dosageInstruction.timing.exists()',
      'dispenseRequest.quantity.exists()',
    ],
    requires: ['status.exists() and intent.exists() and medication.exists()', SUBJECT],
  },
  {
    name: 'organization',
    type: 'Organization',
    shows: [
      "identifier.where(system = 'http://hl7.org/fhir/sid/us-npi').exists()",
      'address.line.exists()',
    ],
    requires: ['active.exists() and name.exists()', 'address.all(line.count() <= 4)'],
  },
  {
    name: 'patient',
    type: 'Patient',
    shows: [
      'name.suffix.exists()',
      "name.where(use = 'old').period.end.exists()",
      "address.where(use = 'old').period.end.exists()",
      "extension.where(url.endsWith('us-core-tribal-affiliation')).exists()",
      "extension.where(url.endsWith('us-core-sex')).exists()",
    ],
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
    shows: ['basedOn.exists()', 'performed.ofType(dateTime).exists()'],
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
