import {
  ADULT_VACCINES,
  CHILD_VACCINES,
  HOSPITAL_PROCEDURES,
  type Implant,
  IMPLANTS,
  OFFICE_PROCEDURES,
} from '../codes/treatments';
import { ageAt } from '../persona';
import { coding, concept, hl7, period, quantity, SNOMED } from '../text/datatypes';
import { decimal, type Fragment, type JsonObject } from '../text/json-text';
import { date, dateTime, HOUR, YEAR } from '../text/times';
import { actor } from '../world/site';
import { type Chart } from './chart';
import { maybeNote } from './conditions';
import { type Visit } from './visits';

const LEFT_ARM = hl7('v3-ActSite', 'LA', 'left arm');
const INTRAMUSCULAR = hl7('v3-RouteOfAdministration', 'IM', 'Injection, intramuscular');
const REFUSED = hl7('v3-ActReason', 'PATOBJ', 'patient objection');
const ADMINISTERING = hl7('v2-0443', 'AP', 'Administering Provider');
const IMPLANTED = concept(
  'Implanted',
  coding('http://hl7.org/fhir/device-action', 'implanted', 'Implanted'),
);
const OPERATION = concept('Surgical procedure', coding(SNOMED, '387713003', 'Surgical procedure'));

/** A dose of half a millilitre, or the reason why it was not given. */
export function addImmunization(chart: Chart, visit: Visit): void {
  const { random, persona, world } = chart;
  const vaccines = ageAt(persona, visit.start) < 12 ? CHILD_VACCINES : ADULT_VACCINES;
  const given = random.chance(0.95);
  chart.add('Immunization', visit.end, {
    status: given ? 'completed' : 'not-done',
    statusReason: given ? undefined : REFUSED,
    vaccineCode: random.pick(vaccines),
    patient: chart.subject,
    encounter: visit.encounter,
    occurrenceDateTime: dateTime(visit.start + HOUR / 4),
    primarySource: true,
    location: visit.room,
    ...(given ? dose(chart, visit, random.pick(world.vaccineMakers)) : {}),
    note: maybeNote(chart, 0.1),
  });
}

export function addProcedure(chart: Chart, visit: Visit): void {
  const { random } = chart;
  const code = random.pick(visit.kind.isStay ? HOSPITAL_PROCEDURES : OFFICE_PROCEDURES);
  chart.add('Procedure', visit.end, {
    ...procedure(chart, visit, code),
    note: maybeNote(chart, 0.3),
  });
}

/** A Device of the patient's own, and the operation that put it in. */
export function addImplant(chart: Chart, visit: Visit): void {
  const implant = chart.random.pick(IMPLANTS);
  const device = addDevice(chart, visit, implant);
  chart.add('Procedure', visit.end, {
    category: OPERATION,
    ...procedure(chart, visit, implant.procedure),
    focalDevice: [{ action: IMPLANTED, manipulated: device }],
  });
}

function dose({ random }: Chart, visit: Visit, manufacturer: Fragment): JsonObject {
  return {
    manufacturer,
    lotNumber: `${random.int(1000, 9999)}A`,
    expirationDate: date(visit.start + YEAR),
    site: LEFT_ARM,
    route: INTRAMUSCULAR,
    doseQuantity: quantity(decimal(0.5, 2), 'mL'),
    performer: [{ function: ADMINISTERING, actor: visit.clinician.person }],
  };
}

function procedure(chart: Chart, visit: Visit, code: Fragment): JsonObject {
  return {
    status: 'completed',
    code,
    subject: chart.subject,
    encounter: visit.encounter,
    performedPeriod: period(visit.start, Math.min(visit.end, visit.start + 2 * HOUR)),
    performer: [
      { actor: actor(visit.clinician, chart.random), onBehalfOf: visit.site.organization },
    ],
    location: visit.room,
    reasonCode: visit.diagnosis && [visit.diagnosis.found.code],
  };
}

function addDevice(chart: Chart, visit: Visit, { device, model }: Implant): Fragment {
  const { random } = chart;
  const serialNumber = String(random.int(10_000_000, 99_999_999));
  const deviceIdentifier = `0${random.int(1_000_000, 9_999_999)}${random.int(100_000, 999_999)}`;
  return chart.add('Device', visit.end, {
    udiCarrier: [{ deviceIdentifier, carrierHRF: `(01)${deviceIdentifier}(21)${serialNumber}` }],
    status: 'active',
    manufacturer: 'Meridian Implants',
    manufactureDate: date(visit.start - YEAR / 2),
    expirationDate: date(visit.start + 10 * YEAR),
    distinctIdentifier: `D-${serialNumber}`,
    lotNumber: `L${serialNumber.slice(0, 4)}`,
    serialNumber,
    deviceName: [{ name: model, type: 'model-name' }],
    type: device,
    patient: chart.subject,
    owner: visit.site.organization,
  });
}
