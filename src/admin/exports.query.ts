import { shown } from '@app/fhir';

import { invalidParameter } from '../common';
import { type ExportFilter, JOB_STATES, type JobState } from '../export-jobs';

const COUNT = 50;
const MOST = 200;
const NAMES = ['state', 'app', 'group', 'before', 'count'] as const;

type Query = Readonly<Record<string, unknown>>;

/** Reads which exports are asked for. @throws FhirError 400 that names the parameter and what is accepted */
export function readFilter(query: Query): ExportFilter {
  const strange = Object.keys(query).find((name) => !(NAMES as readonly string[]).includes(name));
  if (strange !== undefined) {
    throw invalidParameter(shown(strange, 64), `Exports are asked for by ${NAMES.join(', ')}.`);
  }
  return {
    states: one(query, 'state')?.split(',').map(state),
    app: one(query, 'app'),
    group: one(query, 'group'),
    before: one(query, 'before'),
    count: count(one(query, 'count')),
  };
}

function one(query: Query, name: (typeof NAMES)[number]): string | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^[^\p{Cc}]{1,200}$/u.test(value)) return value;
  throw invalidParameter(name, `${name} must be given once, with 1 to 200 printable characters.`);
}

function state(text: string): JobState {
  const known = JOB_STATES.find((candidate) => candidate === text);
  if (known) return known;
  throw invalidParameter(
    'state',
    `"${shown(text, 40)}" is no state. States are ${JOB_STATES.join(', ')}; several are parted by commas.`,
  );
}

function count(text: string | undefined): number {
  if (text === undefined) return COUNT;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MOST) return number;
  throw invalidParameter('count', `count must be a whole number, 1 to ${MOST}.`);
}
