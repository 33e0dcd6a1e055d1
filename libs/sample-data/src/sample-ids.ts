import { mix32 } from './random';

/** Owner of the resources that belong to no patient; patients are numbered from 0. */
export const SHARED = -1;

const HEX_BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * The id of an owner's n-th resource, in the shape of a version 4 UUID.
 *
 * The first and the last eight digits are one-to-one images of owner and ordinal, so no two
 * resources of a seed can share an id; the digits between depend on both and on the seed.
 */
export function sampleId(seed: number, owner: number, ordinal: number): string {
  const first = mix32((owner + 1) ^ mix32(seed ^ 0x51ed270b));
  const last = mix32(ordinal ^ mix32(first + seed));
  const middle = hex(mix32(first ^ last ^ seed));
  const rest = hex(mix32(first + last));
  const shape = `${middle.slice(0, 4)}-4${middle.slice(4, 7)}-a${rest.slice(0, 3)}-${rest.slice(3, 7)}`;
  return `${hex(first)}-${shape}${hex(last)}`;
}

const PATIENT_ORDINAL = 0;

/**
 * The id of a patient of the sample.
 *
 * @param index the patient's number, from 0.
 */
export function samplePatientId(seed: number, index: number): string {
  return sampleId(seed, index, PATIENT_ORDINAL);
}

function hex(value: number): string {
  return byte(value >>> 24) + byte(value >>> 16) + byte(value >>> 8) + byte(value);
}

function byte(value: number): string {
  return HEX_BYTES[value & 0xff] ?? '';
}
