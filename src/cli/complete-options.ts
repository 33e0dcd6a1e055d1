import type { Options } from 'yargs';

import { isR4ResourceType, quoted } from '@app/fhir';

import type { MaxDeletes } from '../feed';
import { instantOption } from './instant-option';

/** How `load` takes full extracts. */
export const COMPLETE_OPTIONS = {
  complete: {
    type: 'string',
    requiresArg: true,
    coerce: completeTypes,
    describe:
      'The input is a full extract of these types, separated by commas: stored resources that it lacks are deleted. Nothing is, of a type of which something is rejected',
  },
  'max-deletes': {
    type: 'string',
    requiresArg: true,
    defaultDescription: '1%',
    coerce: maxDeletes,
    implies: 'complete',
    describe:
      'How many resources of each complete type may be deleted, as a number or as a share of those stored; beyond it the load fails and changes nothing',
  },
  'as-of': {
    type: 'string',
    requiresArg: true,
    coerce: instantOption('as-of'),
    implies: 'complete',
    describe:
      'When the extract was begun: what the store has got or deleted since then stays so. Needed where a feed brings changes',
  },
  'dry-run': {
    type: 'boolean',
    // No default: yargs would take it for given, and want --complete with every load.
    implies: 'complete',
    conflicts: 'group',
    describe: 'Only say how many would be deleted of each complete type',
  },
} as const satisfies Readonly<Record<string, Options>>;

/**
 * Reads `--complete Type,Type`.
 *
 * @throws Error naming the first that is no resource type
 */
function completeTypes(given: string | readonly string[]): readonly string[] {
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
function maxDeletes(given: string | readonly string[]): MaxDeletes {
  const [, number, sign] = /^(\d{1,12}(?:\.\d{1,6})?)(%)?$/.exec(String(given)) ?? [];
  const value = Number(number);
  if (sign === '%' && value <= 100) return { percent: value };
  if (sign === undefined && Number.isInteger(value)) return { count: value };
  throw new Error(
    `--max-deletes: ${quoted(String(given))} is neither a number of resources nor a share of up to 100%. Give one like 200 or 1%.`,
  );
}
