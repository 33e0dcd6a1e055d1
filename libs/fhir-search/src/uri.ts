import { pathExists, pathTo, Variables } from './json-path';
import type { Scope } from './scope';
import type { Place } from './search-parameter';
import { unescaped } from './split';

/**
 * One of the values is at one of the places, character for character (R4 search, uri). Attachments have
 * relative URLs in the store and absolute ones in an export: both are found by the absolute one.
 */
export function uriCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  return places.map((place) => atPlace(place, values.map(unescaped), scope)).join(' or ');
}

function atPlace(place: Place, values: readonly string[], scope: Scope): string {
  const variables = new Variables();
  const own = `${scope.fhirBase}/`;
  const wanted = values.flatMap((value) =>
    place.type === 'url' && value.startsWith(own) ? [value, value.slice(own.length)] : [value],
  );
  const filter = wanted.map((value) => `@ == ${variables.add(value)}`).join(' || ');
  return pathExists(scope, pathTo(place), filter, variables);
}
