import {
  BMI,
  FOOD_INSECURITY,
  FOOD_SCREENING,
  HEAD_CIRCUMFERENCE,
  HEALTH_CONCERN,
  OCCUPATION,
  OXYGEN_CONCENTRATION,
  OXYGEN_FLOW,
  PERCENTILES,
  PREGNANCY_INTENT,
  PREGNANCY_STATUS,
  SEXUAL_ORIENTATION,
  SURVEY,
} from '../codes/us-core';
import { BLOOD_PRESSURE, DIASTOLIC, SYSTOLIC, VITAL_SIGNS } from '../codes/vital-signs';
import { coding, concept, hl7, LOINC, snomed } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { date, DAY, dateTime } from '../text/times';
import { type Chart } from './chart';
import { measure, measured, SOCIAL_CATEGORY, VITAL_SIGNS_CATEGORY } from './observations';
import { type Visit } from './visits';

const QUESTIONNAIRE = 'http://loinc.org/q/88121-9';
const OFTEN_TRUE = concept('Often true', coding(LOINC, 'LA28397-0', 'Often true'));
const ACTIVE = hl7('condition-clinical', 'active', 'Active');
const RESOLVED = hl7('condition-clinical', 'resolved', 'Resolved');
const CONFIRMED = hl7('condition-ver-status', 'confirmed', 'Confirmed');
const INSECURITY = snomed('733423003', 'Food insecurity');
const NOT_PERFORMED = hl7('data-absent-reason', 'not-performed', 'Not Performed');

/** A questionnaire that the patient has filled in, its answers as Observations, and the concern they raise. */
export function addScreening(chart: Chart, visit: Visit): void {
  const { subject } = chart;
  const answers = chart.add('QuestionnaireResponse', visit.end, {
    identifier: { system: 'urn:oid:2.16.840.1.113883.19.8', value: `Q-${chart.index}` },
    questionnaire: QUESTIONNAIRE,
    status: 'completed',
    subject,
    encounter: visit.encounter,
    authored: dateTime(visit.start),
    author: subject,
    item: [
      {
        linkId: '/88121-9',
        text: 'Hunger Vital Sign',
        item: [
          {
            linkId: '/88122-7',
            text: 'Within the past 12 months, did you worry that your food would run out?',
            answer: [
              {
                valueCoding: coding(LOINC, 'LA28397-0', 'Often true'),
                item: [remark('Since May')],
              },
            ],
          },
          { linkId: '/household', text: 'People at home', answer: [{ valueDecimal: 4 }] },
        ],
      },
    ],
  });
  const screened = { category: SURVEY, derivedFrom: [answers], performer: [subject] };
  const found = addObservation(chart, visit, {
    ...screened,
    code: FOOD_INSECURITY,
    valueCodeableConcept: OFTEN_TRUE,
  });
  addObservation(chart, visit, { ...screened, code: FOOD_SCREENING, hasMember: [found] });
  addConcerns(chart, visit);
}

function remark(text: string): JsonObject {
  return { linkId: '/remark', text: 'Remark', answer: [{ valueString: text }] };
}

/** One that goes on, and one that is over. */
function addConcerns(chart: Chart, visit: Visit): void {
  for (const ended of [undefined, date(visit.end + 90 * DAY)]) {
    chart.add('Condition', visit.end, {
      clinicalStatus: ended === undefined ? ACTIVE : RESOLVED,
      verificationStatus: CONFIRMED,
      category: HEALTH_CONCERN,
      code: INSECURITY,
      subject: chart.subject,
      encounter: visit.encounter,
      onsetDateTime: date(visit.start),
      abatementDateTime: ended,
      recordedDate: dateTime(visit.end),
      recorder: visit.clinician.person,
    });
  }
}

/** What a grown-up is asked besides, and measured. */
export function addAdultHistory(chart: Chart, visit: Visit): void {
  addVital(chart, visit, { code: BMI.code, ...measured(BMI, measure(BMI, chart.random)) });
  addVital(chart, visit, {
    code: BLOOD_PRESSURE,
    component: [SYSTOLIC, DIASTOLIC].map(({ code }) => ({ code, dataAbsentReason: NOT_PERFORMED })),
  });
  addOxygen(chart, visit);
  addSocial(chart, visit, OCCUPATION, snomed('106328005', 'Social worker'));
  addSocial(chart, visit, SEXUAL_ORIENTATION, snomed('20430005', 'Heterosexual'));
  if (chart.persona.gender !== 'female') return;
  addSocial(chart, visit, PREGNANCY_STATUS, snomed('60001007', 'Not pregnant'));
  addSocial(chart, visit, PREGNANCY_INTENT, snomed('454381000124105', 'Not wanting pregnancy'));
}

/** How a child has grown, beside others of its age. */
export function addGrowth(chart: Chart, visit: Visit): void {
  for (const sign of [HEAD_CIRCUMFERENCE, ...PERCENTILES]) {
    addVital(chart, visit, { code: sign.code, ...measured(sign, measure(sign, chart.random)) });
  }
}

/** Saturation while oxygen is given. */
function addOxygen(chart: Chart, visit: Visit): void {
  const saturation = VITAL_SIGNS.find(({ unit }) => unit === '%');
  if (!saturation) return;
  const component = [OXYGEN_FLOW, OXYGEN_CONCENTRATION].map((part) => ({
    code: part.code,
    ...measured(part, measure(part, chart.random)),
  }));
  const value = measured(saturation, measure(saturation, chart.random));
  addVital(chart, visit, { code: saturation.code, ...value, component });
}

function addVital(chart: Chart, visit: Visit, result: JsonObject): void {
  addObservation(chart, visit, {
    category: VITAL_SIGNS_CATEGORY,
    performer: [visit.clinician.person],
    ...result,
  });
}

function addSocial(chart: Chart, visit: Visit, code: Fragment, value: Fragment): void {
  const performer = [visit.clinician.person];
  const told = { category: SOCIAL_CATEGORY, performer, code, valueCodeableConcept: value };
  addObservation(chart, visit, told);
}

function addObservation(chart: Chart, visit: Visit, body: JsonObject): Fragment {
  return chart.add('Observation', visit.end, {
    status: 'final',
    subject: chart.subject,
    encounter: visit.encounter,
    effectiveDateTime: dateTime(visit.start),
    issued: dateTime(visit.end),
    ...body,
  });
}
