import { SENTENCES } from '../codes/phrases';
import { loincConcept } from '../codes/vital-signs';
import { ageAt, fullName } from '../persona';
import { base64, coding, concept, period, reference } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { date, dateTime } from '../text/times';
import { type Chart } from './chart';
import { type Visit } from './visits';

const PROGRESS_NOTE = loincConcept('11506-3', 'Progress note');
const DISCHARGE_SUMMARY = loincConcept('18842-5', 'Discharge summary');
const PATIENT_NOTE = loincConcept('51855-5', 'Patient Note');
const PRIVACY_NOTICE = loincConcept('57016-8', 'Privacy policy acknowledgment Document');
const US_CORE_CATEGORIES =
  'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category';
const CLINICAL_NOTE = [concept('Clinical Note', coding(US_CORE_CATEGORIES, 'clinical-note'))];
const MIME_TYPE_SAYS_ALL = coding(
  'http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode',
  'urn:ihe:iti:xds:2017:mimeTypeSufficient',
  'mimeType Sufficient',
);
const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** A clinician's note on the visit. Long ones lie in a Binary, short ones in the reference itself. */
export function addVisitNote(chart: Chart, visit: Visit): void {
  const isLong = visit.kind.isStay || chart.random.chance(0.3);
  const sentences = isLong ? chart.random.int(24, 60) : chart.random.int(6, 18);
  const data = base64(noteText(chart, visit, sentences));
  addDocument(chart, visit, {
    type: visit.kind.isStay ? DISCHARGE_SUMMARY : PROGRESS_NOTE,
    author: visit.clinician.person,
    attachment: isLong
      ? { url: `Binary/${addBinary(chart, visit.end, { contentType: PLAIN_TEXT, data })}` }
      : { data },
  });
}

/** What a patient, or somebody for the patient, has written down. */
export function addPatientNote(chart: Chart, visit: Visit, author: Fragment): void {
  const data = base64(noteText(chart, visit, 4));
  addDocument(chart, visit, { type: PATIENT_NOTE, author, attachment: { data } });
}

/** What every third patient has signed. The form itself is nobody's. */
export function addSignedForm(chart: Chart, visit: Visit): void {
  const { persona, world, index } = chart;
  if (index % 3 !== 1) return;
  const form = ageAt(persona, visit.end) < 18 ? world.forms.minors : world.forms.adults;
  addDocument(chart, visit, {
    type: PRIVACY_NOTICE,
    author: chart.subject,
    attachment: { url: `Binary/${form}` },
  });
}

/** Content of the patient's own, for an attachment. @returns its id */
export function addBinary(
  chart: Chart,
  at: number,
  { contentType, data }: { contentType: string; data: Fragment },
): string {
  const id = chart.nextId();
  const securityContext = reference('Patient', chart.patientId);
  chart.add('Binary', at, { contentType, securityContext, data }, id);
  return id;
}

function addDocument(
  chart: Chart,
  visit: Visit,
  document: { type: Fragment; author: Fragment; attachment: JsonObject },
): void {
  const id = chart.nextId();
  const body = {
    identifier: [{ system: 'urn:oid:2.16.840.1.113883.19.9', value: `N-${id}` }],
    status: 'current',
    docStatus: 'final',
    type: document.type,
    category: CLINICAL_NOTE,
    subject: chart.subject,
    date: dateTime(visit.end),
    author: [document.author],
    custodian: visit.site.organization,
    content: [
      {
        attachment: {
          contentType: PLAIN_TEXT,
          ...document.attachment,
          title: `Note of ${date(visit.start)}`,
          creation: dateTime(visit.end),
        },
        format: MIME_TYPE_SAYS_ALL,
      },
    ],
    context: { encounter: [visit.encounter], period: period(visit.start, visit.end) },
  };
  chart.add('DocumentReference', visit.end, body, id);
}

function noteText({ persona, random }: Chart, visit: Visit, sentences: number): string {
  let text = `${fullName(persona)}, born ${date(persona.birth)}\nSeen ${dateTime(visit.start)}`;
  text += ` by ${visit.clinician.name}, ${visit.site.organizationName}\n\n`;
  for (let sentence = 0; sentence < sentences; sentence += 1) {
    text += `${random.pick(SENTENCES)}${random.chance(0.2) ? '\n' : ' '}`;
  }
  return text;
}
