import { quoted } from '@app/fhir';

import type { OutputOptions } from './output';

export interface PushArguments extends OutputOptions {
  readonly files: readonly string[];
  readonly feed: string;
  readonly 'up-to'?: string;
}

export interface RejectedArguments extends OutputOptions {
  readonly name: string;
  readonly number: bigint;
}

/** @throws Error when it is no number of a batch */
export function batchNumber(given: string | number): bigint {
  if (/^[1-9]\d{0,17}$/.test(String(given))) return BigInt(given);
  throw new Error(`${quoted(String(given))} is no number of a batch. They are 1, 2, 3 and so on.`);
}
