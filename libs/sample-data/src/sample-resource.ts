import { type ResourceType } from '@app/fhir';

export interface SampleResource {
  readonly type: ResourceType;
  readonly id: string;
  /** The patient whose chart it is part of; null for what patients share, such as a Practitioner. */
  readonly patientId: string | null;
  /** The resource as one line of JSON text, without a line break at its end. */
  readonly line: string;
}

export interface SampleOptions {
  /** 0 to 4294967295; the same seed gives the same bytes. */
  readonly seed: number;
  /** How many patients, from 0. */
  readonly patients: number;
}

/** Fails with a RangeError when the options are not whole numbers in range. */
export function checkOptions({ seed, patients }: SampleOptions): void {
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError('seed must be a whole number from 0 to 4294967295');
  }
  if (!Number.isSafeInteger(patients) || patients < 0) {
    throw new RangeError('patients must be a whole number, 0 or more');
  }
}
