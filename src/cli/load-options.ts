import { isR4ResourceType, quoted } from '@app/fhir';

import type { MaxDeletes } from '../feed';
import type { OutputOptions } from './output';

export interface LoadArguments extends OutputOptions {
  readonly paths: readonly string[];
  readonly group?: string;
  readonly 'keep-meta': boolean;
  readonly base: readonly string[];
  readonly rejects?: string;
  readonly complete?: readonly string[];
  readonly 'max-deletes'?: MaxDeletes;
  readonly 'dry-run': boolean;
}

/** How much of a type may be missing when the command does not say. */
export const DEFAULT_MAX_DELETES: MaxDeletes = { percent: 1 };

/** The exit code of a load that left something out. */
export const EXIT_REJECTED = 3;

/**
 * Reads `--complete Type,Type`.
 *
 * @throws Error naming the first that is no resource type
 */
export function completeTypes(given: string | readonly string[]): readonly string[] {
  const types = [given].flat().flatMap((list) => list.split(','));
  const wrong = types.find((type) => !isR4ResourceType(type));
  if (wrong !== undefined) {
    throw new Error(
      `--complete: ${quoted(wrong)} is no resource type of FHIR R4. Give types like Patient,Observation.`,
    );
  }
  return [...new Set(types)];
}

/**
 * Reads `--max-deletes 2.5%` or `--max-deletes 200`.
 *
 * @throws Error when it is neither
 */
export function maxDeletes(given: string | readonly string[]): MaxDeletes {
  const [, number, sign] = /^(\d{1,12}(?:\.\d{1,6})?)(%)?$/.exec(String(given)) ?? [];
  const value = Number(number);
  if (sign === '%' && value <= 100) return { percent: value };
  if (sign === undefined && Number.isInteger(value)) return { count: value };
  throw new Error(
    `--max-deletes: ${quoted(String(given))} is neither a number of resources nor a share of up to 100%. Give one like 200 or 1%.`,
  );
}
