import {
  BLOOD_PRESSURE,
  BODY_HEIGHT,
  BODY_WEIGHT,
  DIASTOLIC,
  type Measurement,
  SYSTOLIC,
  VITAL_SIGNS,
} from '../codes/vital-signs';
import { ageAt } from '../persona';
import { type Random } from '../random';
import { concept, hl7, narrative, quantity, SNOMED, coding } from '../text/datatypes';
import { decimal, Fragment, fragment, type Json, type JsonObject } from '../text/json-text';
import { dateTime, HOUR } from '../text/times';
import { type Chart } from './chart';
import { type Visit } from './visits';

export const VITAL_SIGNS_CATEGORY = [hl7('observation-category', 'vital-signs', 'Vital Signs')];
export const SOCIAL_CATEGORY = [hl7('observation-category', 'social-history', 'Social History')];
const HIGH = [hl7('v3-ObservationInterpretation', 'H', 'High')];
const LOW = [hl7('v3-ObservationInterpretation', 'L', 'Low')];
const NORMAL = [hl7('v3-ObservationInterpretation', 'N', 'Normal')];

const SMOKING_STATUS = concept(
  'Tobacco smoking status',
  coding('http://loinc.org', '72166-2', 'Tobacco smoking status'),
);
const SMOKING = [
  concept('Never smoked tobacco', coding(SNOMED, '266919005', 'Never smoked tobacco')),
  concept('Never smoked tobacco', coding(SNOMED, '266919005', 'Never smoked tobacco')),
  concept('Ex-smoker', coding(SNOMED, '8517006', 'Ex-smoker')),
  concept('Smokes tobacco daily', coding(SNOMED, '449868002', 'Smokes tobacco daily')),
];

/** A result with its unit, its normal range and what that says about it. */
export function measured(measurement: Measurement, value: number): JsonObject {
  const { unit, ucum, low, high } = measurement;
  return {
    valueQuantity: quantity(valueText(value, measurement.digits), unit, ucum),
    interpretation: value > high ? HIGH : value < low ? LOW : NORMAL,
    referenceRange: [normalRange(measurement)],
  };
}

/** Mostly normal, at times above or below. */
export function measure({ low, high, unit }: Measurement, random: Random): number {
  const span = high - low;
  const value = random.between(Math.max(low * 0.8, low - 0.15 * span), high + 0.25 * span);
  return unit === '%' ? Math.min(100, value) : value;
}

/** Blood pressure and most of the other vital signs. */
export function addVitalSigns(chart: Chart, visit: Visit): void {
  const { random } = chart;
  addVitalSign(chart, visit, bloodPressure(random));
  for (const sign of random.some(VITAL_SIGNS, random.int(1, 3))) {
    addVitalSign(chart, visit, { code: sign.code, ...measured(sign, measure(sign, random)) });
  }
  if (random.chance(0.7)) addBodySize(chart, visit);
}

export function addSmokingStatus(chart: Chart, visit: Visit): void {
  chart.add('Observation', visit.end, {
    status: 'final',
    category: SOCIAL_CATEGORY,
    code: SMOKING_STATUS,
    subject: chart.subject,
    encounter: visit.encounter,
    effectiveDateTime: dateTime(visit.start),
    issued: dateTime(visit.end),
    valueCodeableConcept: chart.random.pick(SMOKING),
  });
}

function addVitalSign(chart: Chart, visit: Visit, result: JsonObject): void {
  const { random, world } = chart;
  chart.add('Observation', visit.end, {
    text: random.chance(0.2)
      ? narrative(`Vital sign, measured at ${visit.site.organizationName}`)
      : undefined,
    status: random.chance(0.96) ? 'final' : 'amended',
    category: VITAL_SIGNS_CATEGORY,
    subject: chart.subject,
    encounter: visit.encounter,
    effectiveDateTime: dateTime(visit.start),
    issued: dateTime(visit.start + HOUR / 6),
    performer: [visit.clinician.person],
    ...result,
    device: random.chance(0.3) ? random.pick(world.instruments) : undefined,
  });
}

function bloodPressure(random: Random): JsonObject {
  const component = [SYSTOLIC, DIASTOLIC].map((part) => ({
    code: part.code,
    ...measured(part, measure(part, random)),
  }));
  return { code: BLOOD_PRESSURE, component };
}

function addBodySize(chart: Chart, visit: Visit): void {
  const { persona, random } = chart;
  const growth = Math.min(1, 0.3 + ageAt(persona, visit.start) * 0.039);
  const height = growth * (persona.gender === 'male' ? 176 : 163);
  const weight = (0.0025 + random.between(-0.0002, 0.0003)) * height * height;
  addVitalSign(chart, visit, {
    code: BODY_WEIGHT.code,
    valueQuantity: quantity(decimal(weight, BODY_WEIGHT.digits), BODY_WEIGHT.unit),
  });
  if (!random.chance(0.4)) return;
  addVitalSign(chart, visit, {
    code: BODY_HEIGHT.code,
    valueQuantity: quantity(decimal(height, BODY_HEIGHT.digits), BODY_HEIGHT.unit),
  });
}

const ranges = new Map<Measurement, Json>();

/** Always the same for a measurement, so encoded once. */
function normalRange(measurement: Measurement): Json {
  const known = ranges.get(measurement);
  if (known !== undefined) return known;
  const { low, high, unit, ucum, digits } = measurement;
  const range = fragment({
    low: quantity(decimal(low, digits), unit, ucum),
    high: quantity(decimal(high, digits), unit, ucum),
  });
  ranges.set(measurement, range);
  return range;
}

/** Analysers write results near zero with an exponent. */
function valueText(value: number, digits: number): Fragment {
  return digits >= 3 && value < 0.01
    ? new Fragment(value.toExponential(1))
    : decimal(value, digits);
}
