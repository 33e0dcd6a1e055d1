import { drugNamed } from '../codes/drugs';
import { IMAGING, LABORATORY_ORDER, RADIOLOGY } from '../codes/us-core';
import { loincConcept } from '../codes/vital-signs';
import { base64, hl7, hl7Coding, period, quantity, snomed } from '../text/datatypes';
import { type Fragment, fragment } from '../text/json-text';
import { DAY, dateTime, HOUR } from '../text/times';
import { type Chart } from './chart';
import { LABORATORY_CATEGORY } from './laboratory';
import { type Visit } from './visits';

const NITRITE = loincConcept('5802-4', 'Nitrite [Presence] in Urine by Test strip');
const APPEARANCE = loincConcept('5767-9', 'Appearance of Urine');
const NEGATIVE = snomed('260385009', 'Negative');
const URINE = snomed('122575003', 'Urine specimen');
const BLADDER = snomed('89837001', 'Urinary bladder structure');
const ROOM_TEMPERATURE = hl7('v2-0493', 'ROOM', 'Room temperature');
const SYMPTOM = snomed('49650001', 'Dysuria');
const CHEST_X_RAY = loincConcept('36643-5', 'XR Chest 2 Views');
const CHEST_IMAGING = snomed('399208008', 'Plain X-ray of chest');
const FIRST_FILL = { coding: [hl7Coding('v3-ActCode', 'FF', 'First Fill')] };
const BY_MOUTH = snomed('26643006', 'Oral route');
const COMMUNITY = [hl7('medicationrequest-category', 'community', 'Community')];

/** A test of urine: the order, the specimen, a result as a code and one in words. */
export function addUrineTest(chart: Chart, visit: Visit): void {
  const { index, subject } = chart;
  const at = visit.start + HOUR / 3;
  const order = addServiceRequest(chart, visit, { category: LABORATORY_ORDER, code: NITRITE });
  const specimen = chart.add('Specimen', at, {
    identifier: [{ system: 'urn:oid:2.16.840.1.113883.19.6', value: `S-${index}` }],
    accessionIdentifier: {
      type: hl7('v2-0203', 'ACSN', 'Accession ID'),
      system: 'urn:oid:2.16.840.1.113883.19.7',
      value: `A-${index}`,
    },
    status: 'available',
    type: URINE,
    subject,
    receivedTime: dateTime(at),
    request: [order],
    collection: { collectedDateTime: dateTime(at), bodySite: BLADDER },
    condition: [ROOM_TEMPERATURE],
  });
  const result = [
    { code: NITRITE, valueCodeableConcept: NEGATIVE },
    { code: APPEARANCE, valueString: 'Clear, pale yellow' },
  ];
  for (const finding of result) {
    chart.add('Observation', at, {
      basedOn: [order],
      status: 'final',
      category: LABORATORY_CATEGORY,
      subject,
      encounter: visit.encounter,
      effectiveDateTime: dateTime(at),
      issued: dateTime(at + HOUR),
      performer: [visit.clinician.person],
      specimen,
      ...finding,
    });
  }
}

/** An image of the chest: order, procedure, what was seen and the report on it. */
export function addImaging(chart: Chart, visit: Visit): void {
  const { subject } = chart;
  const order = addServiceRequest(chart, visit, { category: [CHEST_IMAGING], code: CHEST_IMAGING });
  chart.add('Procedure', visit.end, {
    basedOn: [order],
    status: 'completed',
    code: CHEST_IMAGING,
    subject,
    encounter: visit.encounter,
    performedDateTime: dateTime(visit.start),
    performer: [{ actor: visit.clinician.person }],
  });
  const common = {
    status: 'final',
    subject,
    encounter: visit.encounter,
    effectiveDateTime: dateTime(visit.start),
    issued: dateTime(visit.end),
    performer: [visit.clinician.person, visit.site.organization],
  };
  const seen = [
    { code: CHEST_X_RAY, valueString: 'No acute cardiopulmonary process' },
    { code: CHEST_X_RAY, valueCodeableConcept: snomed('17621005', 'Normal') },
  ].map((finding) =>
    chart.add('Observation', visit.end, { ...common, category: IMAGING, ...finding }),
  );
  chart.add('DiagnosticReport', visit.end, {
    ...common,
    category: RADIOLOGY,
    code: CHEST_X_RAY,
    result: seen,
    presentedForm: [{ contentType: 'text/plain', data: base64('No acute process.\n') }],
  });
}

/** Pain relief that a pharmacy has handed out, and the prescription for it. */
export function addDispensing(chart: Chart, visit: Visit): void {
  const { subject } = chart;
  const drug = drugNamed('ibuprofen');
  const dosageInstruction = [
    {
      text: drug.directions,
      timing: { repeat: { frequency: 1, period: 6, periodUnit: 'h' } },
      route: BY_MOUTH,
      doseAndRate: [{ doseQuantity: quantity(drug.dose, drug.doseUnit) }],
    },
  ];
  const amount = quantity(fragment(24), drug.doseUnit);
  const prescription = chart.add('MedicationRequest', visit.end, {
    status: 'completed',
    intent: 'order',
    category: COMMUNITY,
    reportedBoolean: false,
    medicationCodeableConcept: drug.code,
    subject,
    encounter: visit.encounter,
    authoredOn: dateTime(visit.start),
    requester: visit.clinician.person,
    dosageInstruction,
    dispenseRequest: { numberOfRepeatsAllowed: 0, quantity: amount },
  });
  chart.add('MedicationDispense', visit.end + DAY, {
    status: 'completed',
    medicationCodeableConcept: drug.code,
    subject,
    context: visit.encounter,
    performer: [{ actor: visit.clinician.person }],
    authorizingPrescription: [prescription],
    type: FIRST_FILL,
    quantity: amount,
    whenHandedOver: dateTime(visit.end + DAY),
    dosageInstruction,
  });
}

function addServiceRequest(
  chart: Chart,
  visit: Visit,
  { category, code }: { category: readonly Fragment[]; code: Fragment },
): Fragment {
  return chart.add('ServiceRequest', visit.end, {
    status: 'completed',
    intent: 'order',
    category,
    code,
    subject: chart.subject,
    encounter: visit.encounter,
    occurrencePeriod: period(visit.start, visit.end),
    authoredOn: dateTime(visit.start),
    requester: visit.clinician.person,
    reasonCode: [SYMPTOM],
  });
}
