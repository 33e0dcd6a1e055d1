import { coding, concept, LOINC } from '../text/datatypes';
import { type Fragment } from '../text/json-text';

export interface Measurement {
  readonly name: string;
  readonly code: Fragment;
  readonly unit: string;
  readonly ucum: string;
  readonly low: number;
  readonly high: number;
  /** Digits after the point, kept even when they are zeros. */
  readonly digits: number;
}

type Range = readonly [low: number, high: number, digits: number];

/** A quantity that is measured; low and high bound what is normal. */
export function measurement(
  name: string,
  loinc: string,
  [unit, ucum]: readonly [unit: string, ucum: string],
  [low, high, digits]: Range,
): Measurement {
  return { name, code: loincConcept(loinc, name), unit, ucum, low, high, digits };
}

export function loincConcept(code: string, display: string): Fragment {
  return concept(display, coding(LOINC, code, display));
}

const PER_MINUTE = ['/min', '/min'] as const;
const MMHG = ['mmHg', 'mm[Hg]'] as const;

export const BODY_TEMPERATURE = measurement(
  'Body temperature',
  '8310-5',
  ['°C', 'Cel'],
  [36.1, 37.4, 1],
);

export const VITAL_SIGNS: readonly Measurement[] = [
  BODY_TEMPERATURE,
  measurement('Heart rate', '8867-4', PER_MINUTE, [58, 98, 0]),
  measurement('Respiratory rate', '9279-1', PER_MINUTE, [12, 20, 0]),
  {
    ...measurement('Oxygen saturation in Arterial blood', '2708-6', ['%', '%'], [94, 99, 0]),
    code: concept(
      'Oxygen saturation by pulse oximetry',
      coding(LOINC, '59408-5', 'Oxygen saturation in Arterial blood by Pulse oximetry'),
      coding(LOINC, '2708-6', 'Oxygen saturation in Arterial blood'),
    ),
  },
];

/** Bounds are those of adults. */
export const BODY_WEIGHT = measurement('Body weight', '29463-7', ['kg', 'kg'], [52, 104, 2]);
export const BODY_HEIGHT = measurement('Body height', '8302-2', ['cm', 'cm'], [150, 192, 1]);

export const BLOOD_PRESSURE = loincConcept('85354-9', 'Blood pressure panel');
export const SYSTOLIC = measurement('Systolic blood pressure', '8480-6', MMHG, [98, 138, 0]);
export const DIASTOLIC = measurement('Diastolic blood pressure', '8462-4', MMHG, [60, 88, 0]);
