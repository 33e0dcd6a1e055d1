import type { Comparison } from './comparison';
import { pathExists, pathTo, textsAt, valuesAt, Variables } from './json-path';
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

/** As tokenCondition, for a part of a composite. */
export function tokenComparison(places: readonly Place[], scope: Scope): Comparison {
  const token = `q.${scope.part}token`;
  return {
    columns: { token: 'jsonb' },
    row: (value) => {
      const { code = null, system = null } = readToken(places, value, scope);
      return { token: { code, system } };
    },
    matches: places
      .map((place) => {
        const path = `${pathTo(place, ...(MEMBERS[place.type]?.below ?? []))} ? (${asAsked(place)})`;
        return `jsonb_path_exists(${scope.json}, ${literal(path)}, ${token}, true)`;
      })
      .join(' or '),
  };
}

/** The filter of a path: `$code` and `$system`, which may be null, are as asked. */
function asAsked({ type, system = '' }: Place): string {
  const members = MEMBERS[type];
  if (members) {
    return `($code == null || @.${members.code} == $code) && ($system == null || ($system == "" && !exists(@.${members.system})) || ($system != "" && @.${members.system} == $system))`;
  }
  if (type === 'boolean') {
    const plain = `($system == null || $system == "" || $system == ${JSON.stringify(SPECIAL_VALUES)})`;
    return `${plain} && ((@ == true && $code == "true") || (@ == false && $code == "false"))`;
  }
  if (type !== 'code') throw new Error(`No part of a composite is compared with ${type}.`);
  const implied = `($system == null || $system == "" || $system == ${JSON.stringify(system)})`;
  return `${implied} && ((@.type() == "string" && $code == null) || ($code != null && @ == $code))`;
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

function pair(place: Place, tokens: readonly Token[], scope: Scope): string {
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
  return pathExists(scope, pathTo(place, ...members.below), filter.join(' || '), variables);
}

/** A bare code has the system that its binding implies, and none in itself. */
function code(place: Place, tokens: readonly Token[], scope: Scope): string {
  const fitting = tokens.filter(({ system = '' }) => system === '' || system === place.system);
  if (fitting.length === 0) return 'false';
  const variables = new Variables();
  const filter = fitting.map((token) =>
    token.code === undefined ? '@.type() == "string"' : `@ == ${variables.add(token.code)}`,
  );
  return pathExists(scope, pathTo(place), filter.join(' || '), variables);
}

function flag(place: Place, tokens: readonly Token[], scope: Scope): string {
  const wanted = flags(tokens);
  if (wanted.length === 0) return 'false';
  const filter = wanted.map((one) => `@ == ${one}`).join(' || ');
  return pathExists(scope, pathTo(place), filter, new Variables());
}

/** R4 compares a token with a string whatever its case. */
function text(place: Place, tokens: readonly Token[], scope: Scope): string {
  const wanted = tokens.flatMap((token) => (token.system ? [] : (token.code ?? [])));
  if (wanted.length === 0) return 'false';
  const lower = `array(select fhir_search.lower(w) from jsonb_array_elements_text(${scope.values.add(wanted)}) w)`;
  return `exists (select from ${valuesAt(scope, textsAt(pathTo(place)))}
    where fhir_search.lower(e.x #>> '{}') = any (${lower}))`;
}

/** `x.exists() and x != false`: true or false for every resource. */
function presence(places: readonly Place[], tokens: readonly Token[], scope: Scope): string {
  const there =
    '(@.type() == "boolean" && @ == true) || (@.type() != "boolean" && @.type() != "null")';
  const isThere = places
    .map((place) => pathExists(scope, pathTo(place), there, new Variables()))
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
