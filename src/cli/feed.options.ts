import { parseInstant, quoted } from '@app/fhir';

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

/** @throws Error when it is no instant */
export function upToInstant(given: string | readonly string[]): string {
  const text = String(given);
  if (parseInstant(text) === undefined) {
    throw new Error(
      `--up-to: ${quoted(text)} is no instant. Give one with its zone, like 2026-11-30T10:00:00Z.`,
    );
  }
  return text;
}

/** @throws Error when it is no number of a batch */
export function batchNumber(given: string | number): bigint {
  if (/^[1-9]\d{0,17}$/.test(String(given))) return BigInt(given);
  throw new Error(`${quoted(String(given))} is no number of a batch. They are 1, 2, 3 and so on.`);
}
