import type { Comparison } from './comparison';
import { pathExists, pathTo, textsAt, valuesAt, Variables } from './json-path';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { unescaped } from './split';

/** The elements of type string of each type that has several. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
};
/** What fhir_search.fold leaves nothing of would match everything. */
const ONLY_IGNORED = /^[\p{M}\p{P}\p{S}\s]*$/u;

/** At the start of, or anywhere in, a text at one of the places, whatever its case (R4 search, string). */
export function textComparison(
  places: readonly Place[],
  match: 'start' | 'contains',
  scope: Scope,
): Comparison {
  const texts = places
    .flatMap(pathsTo)
    .map((path) => `select fhir_search.fold(e.x #>> '{}') from ${valuesAt(scope, textsAt(path))}`);
  const wanted = `q.${scope.part}wanted`;
  const compared =
    match === 'start' ? `starts_with(s.folded, ${wanted})` : `strpos(s.folded, ${wanted}) > 0`;
  return {
    columns: { wanted: 'text' },
    // An empty fold, if there is any that the check does not know, matches nothing.
    made: { wanted: (given) => `nullif(fhir_search.fold(${given}), '')` },
    row: (value) => ({ wanted: readText(value, scope) }),
    matches: `exists (select from unnest(${scope.facts.add(`array(${texts.join(' union all ')})`)}) s(folded) where ${compared})`,
  };
}

/** One of the values is a text at one of the places, letter by letter. */
export function exactText(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const variables = new Variables();
  const wanted = values.map(unescaped).map((value) => `@ == ${variables.add(value)}`);
  return places
    .flatMap(pathsTo)
    .map((path) => pathExists(scope, path, wanted.join(' || '), variables))
    .join(' or ');
}

function readText(value: string, scope: Scope): string {
  const text = unescaped(value);
  if (!ONLY_IGNORED.test(text)) return text;
  throw badValue(scope, 'text with letters or digits: case, accents and punctuation do not count');
}

function pathsTo(place: Place): readonly string[] {
  return PARTS[place.type]?.map((part) => pathTo(place, part)) ?? [pathTo(place)];
}
