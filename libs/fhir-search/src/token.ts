import { pathExists, pathTo, someText, Variables } from './json-path';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { splitAt, unescaped } from './split';
import { literal } from './sql-literal';

/** `[code]`, `[system]|[code]`, `|[code]` (system is empty) or `[system]|` (code is undefined). */
interface Token {
  readonly system: string | undefined;
  readonly code: string | undefined;
}

const SPECIAL_VALUES = 'http://hl7.org/fhir/special-values';
/** Types that have no room for a system; R4 forbids the bar. */
const WITHOUT_SYSTEM = ['boolean', 'presence', 'ContactPoint'];
/** Where a value of each type lies below its place, and its members for system and code. */
const MEMBERS: Readonly<
  Record<string, { below: readonly string[]; system: string; code: string }>
> = {
  Coding: { below: [], system: 'system', code: 'code' },
  CodeableConcept: { below: ['coding'], system: 'system', code: 'code' },
  Identifier: { below: [], system: 'system', code: 'value' },
  ContactPoint: { below: [], system: 'system', code: 'value' },
};

/** One of the values is at one of the places (R4 search, token). */
export function tokenCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const tokens = values.map((value) => readToken(places, value, scope));
  if (places.some(({ type }) => type === 'presence')) return presence(places, tokens, scope);
  return places.map((place) => atPlace(place, tokens, scope)).join(' or ');
}

/** The codes of the values; undefined when one of them names no code. */
export function tokenCodes(values: readonly string[]): readonly string[] | undefined {
  const codes = values.map((value) => unescaped(splitAt('|', value).at(-1) ?? ''));
  return codes.includes('') ? undefined : codes;
}

function readToken(places: readonly Place[], value: string, scope: Scope): Token {
  const parts = splitAt('|', value).map(unescaped);
  const plain = places.every(({ type }) => WITHOUT_SYSTEM.includes(type));
  const [first = '', second] = parts;
  if (parts.length > 2 || (first === '' && second === '')) {
    throw badValue(
      scope,
      '[code], [system]|[code], |[code] or [system]|, with \\| for a bar within',
    );
  }
  if (plain && second !== undefined) throw badValue(scope, '[code] alone, without a bar');
  const isFlag = places.every(({ type }) => type === 'boolean' || type === 'presence');
  if (isFlag && first !== 'true' && first !== 'false') throw badValue(scope, 'true or false');
  if (second === undefined) return { system: undefined, code: first };
  return { system: first, code: second === '' ? undefined : second };
}

function atPlace(place: Place, tokens: readonly Token[], scope: Scope): string {
  switch (place.type) {
    case 'boolean':
      return flag(place, tokens, scope);
    case 'code':
      return code(place, tokens, scope);
    case 'string':
      return text(place, tokens, scope);
    default:
      return pair(place, tokens, scope);
  }
}

function pair(place: Place, tokens: readonly Token[], { json }: Scope): string {
  const members = MEMBERS[place.type];
  if (!members) throw new Error(`A token cannot be compared with ${place.type}.`);
  const variables = new Variables();
  const filter = tokens.map((token) => {
    const parts: string[] = [];
    if (token.code !== undefined) parts.push(`@.${members.code} == ${variables.add(token.code)}`);
    if (token.system === '') parts.push(`!exists(@.${members.system})`);
    else if (token.system !== undefined) {
      parts.push(`@.${members.system} == ${variables.add(token.system)}`);
    }
    return `(${parts.join(' && ')})`;
  });
  return pathExists(json, pathTo(place, ...members.below), filter.join(' || '), variables);
}

/** A bare code has the system that its binding implies, and none in itself. */
function code(place: Place, tokens: readonly Token[], { json }: Scope): string {
  const fitting = tokens.filter(({ system = '' }) => system === '' || system === place.system);
  if (fitting.length === 0) return 'false';
  const variables = new Variables();
  const filter = fitting.map((token) =>
    token.code === undefined ? '@.type() == "string"' : `@ == ${variables.add(token.code)}`,
  );
  return pathExists(json, pathTo(place), filter.join(' || '), variables);
}

function flag(place: Place, tokens: readonly Token[], { json }: Scope): string {
  const wanted = flags(tokens);
  if (wanted.length === 0) return 'false';
  const filter = wanted.map((one) => `@ == ${one}`).join(' || ');
  return pathExists(json, pathTo(place), filter, new Variables());
}

/** R4 compares a token with a string whatever its case. */
function text(place: Place, tokens: readonly Token[], { json }: Scope): string {
  const wanted = tokens.flatMap((token) => (token.system ? [] : (token.code ?? [])));
  if (wanted.length === 0) return 'false';
  const lower = wanted.map((one) => `fhir_search.lower(${literal(one)})`).join(', ');
  return someText(json, pathTo(place), `fhir_search.lower(e.x #>> '{}') in (${lower})`);
}

/** `x.exists() and x != false`: true or false for every resource. */
function presence(places: readonly Place[], tokens: readonly Token[], { json }: Scope): string {
  const there =
    '(@.type() == "boolean" && @ == true) || (@.type() != "boolean" && @.type() != "null")';
  const isThere = places
    .map((place) => pathExists(json, pathTo(place), there, new Variables()))
    .join(' or ');
  return flags(tokens)
    .map((one) => (one === 'true' ? `(${isThere})` : `not (${isThere})`))
    .join(' or ');
}

/** Codes that are flags; `system` is for codings of theirs, and nobody uses it. */
function flags(tokens: readonly Token[]): readonly string[] {
  return tokens
    .filter(({ system = '' }) => system === '' || system === SPECIAL_VALUES)
    .flatMap((token) => (token.code === 'true' || token.code === 'false' ? token.code : []));
}
