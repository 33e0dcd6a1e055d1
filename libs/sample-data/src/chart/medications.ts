import { type Drug, drugNamed, SHORT_TERM_DRUGS, WARD_DRUGS } from '../codes/drugs';
import { hl7, period, quantity } from '../text/datatypes';
import { type Fragment, type JsonObject } from '../text/json-text';
import { DAY, dateTime, HOUR } from '../text/times';
import { actor } from '../world/site';
import { type Chart } from './chart';
import { maybeNote } from './conditions';
import { type Visit } from './visits';

const COMMUNITY = [hl7('medicationrequest-category', 'community', 'Community')];
const INPATIENT = [hl7('medicationrequest-category', 'inpatient', 'Inpatient')];

/** First prescription of the drug for each lasting condition, and what the patient says of it. */
export function addLongTermMedication(
  chart: Chart,
  visit: Visit,
  problems: readonly Fragment[],
): void {
  chart.persona.chronic.forEach((condition, index) => {
    const drug = drugNamed(chart.random.pick(condition.drugs));
    addRequest(chart, visit, { drug, reason: problems[index] });
    if (chart.random.chance(0.5)) addStatement(chart, visit, drug);
  });
}

/** Prescriptions of a visit: renewals, something against an illness, and doses given in a stay. */
export function addVisitMedication(chart: Chart, visit: Visit): void {
  const { random, persona } = chart;
  if (persona.chronic.length > 0 && random.chance(0.25)) {
    addRequest(chart, visit, { drug: drugNamed(random.pick(random.pick(persona.chronic).drugs)) });
  }
  if (visit.diagnosis && random.chance(0.6)) {
    addRequest(chart, visit, { drug: random.pick(SHORT_TERM_DRUGS) });
  }
  if (random.chance(0.06)) addStatement(chart, visit, random.pick(SHORT_TERM_DRUGS));
  if (visit.kind.isStay) addAdministrations(chart, visit);
}

function addAdministrations(chart: Chart, visit: Visit): void {
  const drug = chart.random.pick(WARD_DRUGS);
  const request = addRequest(chart, visit, { drug, isOrder: true });
  const doses = chart.random.int(1, 3);
  for (let dose = 0; dose < doses; dose += 1) {
    const time = visit.start + (dose + 0.5) * ((visit.end - visit.start) / doses);
    chart.add('MedicationAdministration', time, {
      status: 'completed',
      ...medication(chart, drug),
      subject: chart.subject,
      context: visit.encounter,
      effectiveDateTime: dateTime(time),
      performer: [{ actor: actor(chart.random.pick(visit.site.clinicians), chart.random) }],
      request,
      dosage: { text: drug.directions, dose: quantity(drug.dose, drug.doseUnit) },
    });
  }
}

function addRequest(
  chart: Chart,
  visit: Visit,
  order: { drug: Drug; reason?: Fragment; isOrder?: boolean },
): Fragment {
  const { random } = chart;
  const { drug, reason, isOrder = false } = order;
  return chart.add('MedicationRequest', visit.end, {
    status: isOrder || random.chance(0.6) ? 'completed' : 'active',
    intent: 'order',
    category: isOrder ? INPATIENT : COMMUNITY,
    ...medication(chart, drug),
    subject: chart.subject,
    encounter: visit.encounter,
    authoredOn: dateTime(visit.start + HOUR / 5),
    requester: actor(visit.clinician, random),
    reasonReference: reason && [reason],
    note: maybeNote(chart, 0.15),
    dosageInstruction: [
      {
        sequence: 1,
        text: drug.directions,
        doseAndRate: [{ doseQuantity: quantity(drug.dose, drug.doseUnit) }],
      },
    ],
    dispenseRequest: isOrder
      ? undefined
      : {
          numberOfRepeatsAllowed: random.int(0, 3),
          validityPeriod: period(visit.end, visit.end + 90 * DAY),
        },
  });
}

function addStatement(chart: Chart, visit: Visit, drug: Drug): void {
  chart.add('MedicationStatement', visit.end, {
    status: 'active',
    ...medication(chart, drug),
    subject: chart.subject,
    context: visit.encounter,
    effectivePeriod: period(visit.start),
    dateAsserted: dateTime(visit.end),
    informationSource: chart.subject,
    dosage: [{ text: drug.directions }],
  });
}

function medication({ world }: Chart, drug: Drug): JsonObject {
  const stocked = world.medications.get(drug);
  return stocked ? { medicationReference: stocked } : { medicationCodeableConcept: drug.code };
}
