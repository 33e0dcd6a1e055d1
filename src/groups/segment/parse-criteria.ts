import { formatMicroseconds, isFhirId, parseInstant } from '@app/fhir';

import { InvalidCriteriaError } from '../groups.errors';
import {
  CLINICAL_STATUSES,
  type Code,
  type Criteria,
  type EncounterStart,
  GENDERS,
  isBounded,
  PRACTITIONER_TIES,
} from './criteria';

/** More is no segment that people can understand, and makes a statement that planning chokes on. */
const MAX_DEPTH = 10;
const MAX_CRITERIA = 100;
const MAX_CODES = 500;
const MAX_AGE = 150;
const MAX_DAYS = 36_525;

/** A value somewhere in the criteria, and where: `criteria.and[1].age.min`. */
interface Place {
  readonly value: unknown;
  readonly path: string;
}

/** A criterion with what bounds the whole. */
interface Node extends Place {
  readonly depth: number;
  readonly count: { left: number };
}

type Kind = Criteria['kind'];

/**
 * Reads criteria as an operator writes them and as they are stored. Nothing is ignored: a key that
 * is not understood might have narrowed the segment.
 *
 * @throws InvalidCriteriaError naming the place
 */
export function parseCriteria(value: unknown): Criteria {
  const criteria = criterion({
    value,
    path: 'criteria',
    depth: 1,
    count: { left: MAX_CRITERIA },
  });
  if (isBounded(criteria)) return criteria;
  throw new InvalidCriteriaError(
    'criteria',
    'hold nothing that must be true of a member, so that almost everybody would be one; say {"everyone":true} in an "and" if that is meant',
  );
}

const KINDS: Readonly<Record<Kind, (node: Node) => Criteria>> = {
  and: (node) => ({ kind: 'and', of: criteriaList(node) }),
  or: (node) => ({ kind: 'or', of: criteriaList(node) }),
  not: (node) => ({ kind: 'not', of: criterion(node) }),
  everyone: (node) => {
    if (node.value !== true) throw fault(node, 'must be true');
    return { kind: 'everyone' };
  },
  age,
  gender: (node) => ({ kind: 'gender', anyOf: codesOf(node, GENDERS) }),
  deceased: (node) => {
    if (typeof node.value !== 'boolean') throw fault(node, 'must be true or false');
    return { kind: 'deceased', value: node.value };
  },
  condition,
  encounter,
  practitioner,
};

function criterion(node: Node): Criteria {
  node.count.left -= 1;
  if (node.count.left < 0) throw fault(node, `is one too many: ${MAX_CRITERIA} are the limit`);
  if (node.depth > MAX_DEPTH) throw fault(node, `is nested more than ${MAX_DEPTH} deep`);
  const known = Object.keys(KINDS) as readonly Kind[];
  const members = object(node, known);
  const [kind, ...more] = known.filter((name) => Object.hasOwn(members, name));
  if (kind === undefined || more.length > 0) {
    throw fault(node, `must have exactly one of ${known.join(', ')}; join several with "and"`);
  }
  return KINDS[kind]({
    value: members[kind],
    path: `${node.path}.${kind}`,
    depth: node.depth + 1,
    count: node.count,
  });
}

function criteriaList(node: Node): readonly Criteria[] {
  return list(node).map(({ value, path }) => criterion({ ...node, value, path }));
}

function age(node: Node): Criteria {
  const members = object(node, ['min', 'max']);
  const years = (name: string): number | undefined => {
    const value = members[name];
    if (value === undefined) return undefined;
    return wholeNumber({ value, path: `${node.path}.${name}` }, 0, MAX_AGE);
  };
  const [min, max] = [years('min'), years('max')];
  if (max === undefined && (min === undefined || min === 0)) {
    throw fault(node, 'needs min above 0, or max');
  }
  if (min !== undefined && max !== undefined && min > max) {
    throw fault(node, 'has a min above its max');
  }
  return { kind: 'age', min, max };
}

function condition(node: Node): Criteria {
  const { code, clinicalStatus } = object(node, ['code', 'clinicalStatus']);
  const codes = oneOrMore({ value: code, path: `${node.path}.code` }).map(readCode);
  const statuses = { value: clinicalStatus, path: `${node.path}.clinicalStatus` };
  return {
    kind: 'condition',
    codes,
    clinicalStatus: clinicalStatus === undefined ? undefined : codesOf(statuses, CLINICAL_STATUSES),
  };
}

function readCode(place: Place): Code {
  const text = string(place);
  const at = text.indexOf('|');
  const [system, code] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && code !== '' && code.trim() === code && !/\s/.test(system)) return { system, code };
  throw fault(place, 'must be system|code, such as http://snomed.info/sct|73211009');
}

function encounter(node: Node): Criteria {
  const { since, withinDays } = object(node, ['since', 'withinDays']);
  if ((since === undefined) === (withinDays === undefined)) {
    throw fault(node, 'needs either since or withinDays');
  }
  const from: EncounterStart =
    since === undefined
      ? {
          withinDays: wholeNumber(
            { value: withinDays, path: `${node.path}.withinDays` },
            1,
            MAX_DAYS,
          ),
        }
      : { since: instant({ value: since, path: `${node.path}.since` }) };
  return { kind: 'encounter', from };
}

function practitioner(node: Node): Criteria {
  const { reference, as } = object(node, ['reference', 'as']);
  const place = { value: reference, path: `${node.path}.reference` };
  const [type = '', id = '', ...more] = string(place).split('/');
  const known = type === 'Practitioner' || type === 'PractitionerRole';
  if (!known || !isFhirId(id) || more.length > 0) {
    throw fault(place, 'must be Practitioner/[id] or PractitionerRole/[id]');
  }
  const ties = { value: as, path: `${node.path}.as` };
  return {
    kind: 'practitioner',
    reference: `${type}/${id}`,
    as: as === undefined ? PRACTITIONER_TIES : codesOf(ties, PRACTITIONER_TIES),
  };
}

/** A date counts from its first instant on, in UTC. */
function instant(place: Place): string {
  const text = string(place);
  const parsed = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (parsed !== undefined) return formatMicroseconds(parsed);
  throw fault(place, 'must be a date such as 2026-01-31, or an instant with its zone');
}

/** One of `allowed`, or a list of them, each once. */
function codesOf<T extends string>(place: Place, allowed: readonly T[]): readonly T[] {
  const codes = oneOrMore(place).map((one) => {
    const code = allowed.find((candidate) => candidate === one.value);
    if (code === undefined) throw fault(one, `must be one of ${allowed.join(', ')}`);
    return code;
  });
  return [...new Set(codes)];
}

function oneOrMore(place: Place): readonly Place[] {
  return Array.isArray(place.value) ? list(place) : [place];
}

function list({ value, path }: Place): readonly Place[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw fault({ value, path }, 'must be a list with at least one entry');
  }
  if (value.length > MAX_CODES) throw fault({ value, path }, `has ${MAX_CODES} entries at most`);
  return value.map((entry: unknown, index) => ({ value: entry, path: `${path}[${index}]` }));
}

function object(place: Place, known: readonly string[]): Readonly<Record<string, unknown>> {
  const { value } = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw fault(place, `must be an object with ${known.join(', ')}`);
  }
  const strange = Object.keys(value).find((name) => !known.includes(name));
  if (strange === undefined) return value as Readonly<Record<string, unknown>>;
  throw fault(
    { value, path: `${place.path}.${strange.slice(0, 64)}` },
    `is unknown; known here: ${known.join(', ')}`,
  );
}

function string(place: Place): string {
  const { value } = place;
  // PostgreSQL has no text with this character.
  if (typeof value === 'string' && value.length <= 1000 && !value.includes('\0')) return value;
  throw fault(place, value === undefined ? 'is missing' : 'must be a text');
}

function wholeNumber(place: Place, least: number, most: number): number {
  const { value } = place;
  if (Number.isInteger(value)) {
    const number = value as number; // Number.isInteger is no type guard
    if (number >= least && number <= most) return number;
  }
  throw fault(place, `must be a whole number from ${least} to ${most}`);
}

function fault({ path }: Place, words: string): InvalidCriteriaError {
  return new InvalidCriteriaError(path, words);
}
