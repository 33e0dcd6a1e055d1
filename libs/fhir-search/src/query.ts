import { isR4ResourceType, quoted, type ResourceType, shown } from '@app/fhir';

import { type SearchParameter, searchParametersOf } from './search-parameter';
import { UnsupportedSearchError } from './search.errors';
import { splitAt } from './split';

/** `parameter:modifier=value,value`. */
export interface Criterion {
  /** The name as given, with its modifier: for messages. */
  readonly name: string;
  readonly parameter: SearchParameter;
  readonly modifier: string | undefined;
  /** One must match. Still with backslashes before `,`, `|`, `$` and `\`. */
  readonly values: readonly string[];
}

const RESULT_PARAMETERS = new Set([
  '_sort',
  '_count',
  '_include',
  '_revinclude',
  '_summary',
  '_total',
  '_elements',
  '_contained',
  '_containedType',
  '_score',
  '_format',
  '_pretty',
]);
/** Longer ones are no filter but a list, and would make statements that nobody has tried. */
const MAX_CHARACTERS = 16_384;
const MAX_VALUES = 500;
const ANY_TYPE = '[type]';
/** Half a surrogate pair, and the one character that PostgreSQL cannot hold. */
const UNSTORABLE = /[\uD800-\uDFFF\0]/u;
const MODIFIERS: Readonly<Record<SearchParameter['kind'], readonly string[]>> = {
  token: ['not', 'missing'],
  date: ['missing'],
  string: ['exact', 'contains', 'missing'],
  reference: ['identifier', 'missing'],
  quantity: ['missing'],
  number: ['missing'],
  uri: ['missing'],
  composite: [],
};

/**
 * Reads the criteria of a search of one type; all must be met.
 *
 * @param query `status=active&code=a,b`, percent-encoded or not
 * @throws UnsupportedSearchError for whatever would not be evaluated exactly
 */
export function parseQuery(type: ResourceType, query: string): readonly Criterion[] {
  if (query.length > MAX_CHARACTERS) {
    throw new UnsupportedSearchError(
      `A search may have ${MAX_CHARACTERS} characters.`,
      undefined,
      'too-long',
    );
  }
  if (query === '') {
    throw new UnsupportedSearchError(
      `A search needs at least one parameter, such as _id=[id]; leave it out to have all of ${type}.`,
      undefined,
      'invalid',
    );
  }
  const criteria = query.split('&').map((part) => readCriterion(type, part));
  const values = criteria.reduce((sum, criterion) => sum + criterion.values.length, 0);
  if (values > MAX_VALUES) {
    throw new UnsupportedSearchError(
      `A search may have ${MAX_VALUES} values.`,
      undefined,
      'too-long',
    );
  }
  return criteria;
}

/** To take a resource apart for a composite takes about as long as for so many other criteria. */
const COMPOSITE_WEIGHT = 10;

/** What a search has to compare. */
export interface SearchSize {
  /** One on a composite counts as ten. */
  readonly criteria: number;
  readonly values: number;
}

/** @param query as parseQuery takes it */
export function searchSize(type: ResourceType, query: string): SearchSize {
  const criteria = parseQuery(type, query);
  const values = criteria.reduce((sum, criterion) => sum + criterion.values.length, 0);
  const composites = criteria.filter(({ parameter }) => parameter.kind === 'composite');
  return { criteria: criteria.length + (COMPOSITE_WEIGHT - 1) * composites.length, values };
}

function readCriterion(type: ResourceType, part: string): Criterion {
  const at = part.indexOf('=');
  const name = decoded(at < 0 ? part : part.slice(0, at));
  if (at < 0) {
    throw new UnsupportedSearchError(
      `${quoted(name)} has no value; write name=value.`,
      shown(name),
      'invalid',
    );
  }
  const { parameter, modifier } = readName(type, name);
  const values = splitAt(',', decoded(part.slice(at + 1), shown(name)));
  if (values.includes('')) {
    throw new UnsupportedSearchError(
      `${quoted(name)} has an empty value; give one, or several with commas between them.`,
      shown(name),
      'value',
    );
  }
  return { name: shown(name), parameter, modifier, values };
}

function readName(type: ResourceType, name: string): Pick<Criterion, 'parameter' | 'modifier'> {
  const at = name.indexOf(':');
  const [code, modifier] = at < 0 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
  const parameters = searchParametersOf(type);
  const parameter = parameters.get(code);
  if (!parameter) throw unknownParameter(type, name, code);
  if (modifier !== undefined && !takes(parameter, modifier)) {
    throw unknownModifier(name, parameter);
  }
  return { parameter, modifier };
}

/** What may stand behind the colon; `[type]` is any type of resource. */
export function modifiersOf({ kind, targets, places, name }: SearchParameter): readonly string[] {
  // Every resource has these two: whether they are missing is no question.
  if (name === '_id' || name === '_lastUpdated') return name === '_id' ? ['not'] : [];
  if (kind !== 'reference') return MODIFIERS[kind];
  if (places.every((place) => place.type === 'canonical')) return ['missing'];
  return [...MODIFIERS.reference, ...(targets ?? [ANY_TYPE])];
}

function takes(parameter: SearchParameter, modifier: string): boolean {
  const accepted = modifiersOf(parameter);
  return accepted.includes(modifier) || (accepted.includes(ANY_TYPE) && isR4ResourceType(modifier));
}

function unknownParameter(type: ResourceType, name: string, code: string): UnsupportedSearchError {
  const accepted = [...searchParametersOf(type).keys()].join(', ');
  const fault = RESULT_PARAMETERS.has(code)
    ? 'shapes results and filters nothing'
    : code.includes('.')
      ? 'is chained, which is not evaluated'
      : `is no search parameter of ${type} that is evaluated here`;
  return new UnsupportedSearchError(
    `${quoted(name)} ${fault}. Accepted are ${accepted}.`,
    shown(name),
    'not-supported',
  );
}

function unknownModifier(name: string, parameter: SearchParameter): UnsupportedSearchError {
  const isChain = name.includes('.');
  const accepted = modifiersOf(parameter).map((modifier) => `:${modifier}`);
  const list = accepted.length > 0 ? `no modifier, or ${accepted.join(', ')}` : 'no modifier';
  const fault = isChain
    ? 'chained parameters are not evaluated'
    : 'this modifier is not evaluated here';
  return new UnsupportedSearchError(
    `${quoted(name)}: ${fault}. ${parameter.name} takes ${list}.`,
    shown(name),
    'not-supported',
  );
}

/** Percent-decoded once; `+` stays, for offsets of time zones have it. */
function decoded(text: string, parameter?: string): string {
  const plain = decodeOrUndefined(text);
  if (plain !== undefined && !UNSTORABLE.test(plain)) return plain;
  throw new UnsupportedSearchError(
    `${parameter === undefined ? 'A parameter' : `"${parameter}"`} is not percent-encoded correctly; write a percent sign as %25.`,
    parameter,
    'invalid',
  );
}

function decodeOrUndefined(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
