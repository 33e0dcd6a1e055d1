import { pathExists, pathTo, someText, Variables } from './json-path';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { unescaped } from './split';
import { literal } from './sql-literal';

export type TextMatch = 'start' | 'contains' | 'exact';

/** The elements of type string of each type that has several. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  HumanName: ['text', 'family', 'given', 'prefix', 'suffix'],
  Address: ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'],
};
/** What fhir_search.fold leaves nothing of would match everything. */
const ONLY_IGNORED = /^[\p{M}\p{P}\p{S}\s]*$/u;

/** One of the values matches a text at one of the places (R4 search, string). */
export function textCondition(
  places: readonly Place[],
  values: readonly string[],
  match: TextMatch,
  scope: Scope,
): string {
  const wanted = values.map(unescaped);
  if (match !== 'exact' && wanted.some((value) => ONLY_IGNORED.test(value))) {
    throw badValue(
      scope,
      'text with letters or digits: case, accents and punctuation do not count',
    );
  }
  const paths = places.flatMap(pathsTo);
  return paths
    .map((path) =>
      match === 'exact' ? same(path, wanted, scope) : alike(path, wanted, match, scope),
    )
    .join(' or ');
}

function pathsTo(place: Place): readonly string[] {
  return PARTS[place.type]?.map((part) => pathTo(place, part)) ?? [pathTo(place)];
}

function same(path: string, wanted: readonly string[], { json }: Scope): string {
  const variables = new Variables();
  const filter = wanted.map((value) => `@ == ${variables.add(value)}`).join(' || ');
  return pathExists(json, path, filter, variables);
}

/** An empty fold, if there is any that the check above does not know, matches nothing. */
function alike(path: string, wanted: readonly string[], match: TextMatch, { json }: Scope): string {
  const folded = `fhir_search.fold(e.x #>> '{}')`;
  const conditions = wanted.map((value) => {
    const key = `nullif(fhir_search.fold(${literal(value)}), '')`;
    return match === 'start' ? `starts_with(${folded}, ${key})` : `strpos(${folded}, ${key}) > 0`;
  });
  return someText(json, path, conditions.join(' or '));
}
