import { isFhirId, isR4ResourceType, parseReference } from '@app/fhir';

import { pathExists, pathTo, Variables } from './json-path';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { unescaped } from './split';
import { literal } from './sql-literal';
import { tokenCondition } from './token';

/** What a value means: a resource of this server, of any type when none is given, or a URL. */
type Wanted = { readonly type: string | undefined; readonly id: string } | { readonly url: string };

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const VERSION = '(?:/_history/[A-Za-z0-9.-]{1,64})?';

/**
 * One of the values is what a reference at one of the places points at (R4 search, reference). Own
 * absolute URLs and relative references are the same, and references to versions count for the resource.
 *
 * @param type the modifier, when it is a type
 */
export function referenceCondition(
  places: readonly Place[],
  values: readonly string[],
  type: string | undefined,
  scope: Scope,
): string {
  const wanted = values.map((value) => readReference(value, type, scope));
  return places.map((place) => atPlace(place, wanted, scope)).join(' or ');
}

/** One of the values, which are tokens, is the identifier of a reference at one of the places. */
export function identifierCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  return places
    .filter(({ type }) => type === 'Reference')
    .map((place) => {
      const identifier: Place = {
        path: 'identifier',
        type: 'Identifier',
        system: undefined,
        target: undefined,
      };
      const condition = tokenCondition([identifier], values, { ...scope, json: 'r.x' });
      return someReference(place, [`(${condition})`, ...ofTarget(place, 'r.x')], scope);
    })
    .join(' or ');
}

/** Conditions on a Reference: it says that it points at the type that counts here. */
export function ofTarget({ target }: Place, reference: string): readonly string[] {
  if (target === undefined) return [];
  const pattern = literal(`(?:^|/)${target}/[A-Za-z0-9.-]{1,64}${VERSION}$`);
  return [
    `(coalesce(${reference} ->> 'reference', '') ~ ${pattern} or ${reference} ->> 'type' = ${literal(target)})`,
  ];
}

/** Ids or URLs of the values, for a quick look into the text. */
export function referencedIds(values: readonly string[]): readonly string[] {
  return values.map((value) => unescaped(value).split('/').at(-1) ?? '');
}

function readReference(value: string, type: string | undefined, scope: Scope): Wanted {
  const text = unescaped(value);
  if (type !== undefined) {
    if (!isFhirId(text)) throw badValue(scope, '[id] after a modifier that names the type');
    return { type, id: text };
  }
  if (isFhirId(text)) return { type: undefined, id: text };
  const local = text.includes('/_history/') ? undefined : parseReference(text, [scope.fhirBase]);
  if (local && isR4ResourceType(local.type)) return local;
  if (ABSOLUTE.test(text)) return { url: text };
  throw badValue(scope, '[id], [type]/[id] or an absolute URL');
}

function atPlace(place: Place, wanted: readonly Wanted[], scope: Scope): string {
  if (place.type === 'canonical') return canonical(place, wanted, scope);
  const pattern = literal(
    `^(?:${wanted.map((one) => patternOf(one, scope)).join('|')})${VERSION}$`,
  );
  const conditions = [`r.x ->> 'reference' ~ ${pattern}`, ...ofTarget(place, 'r.x')];
  return someReference(place, conditions, scope);
}

function someReference(place: Place, conditions: readonly string[], { json }: Scope): string {
  return `exists (select from jsonb_path_query(${json}, ${literal(pathTo(place))}, '{}', true) as r(x)
    where ${conditions.join(' and ')})`;
}

function patternOf(wanted: Wanted, { fhirBase }: Scope): string {
  if ('url' in wanted) return quoted(wanted.url);
  return `(?:${quoted(fhirBase)}/)?${wanted.type ?? '[A-Za-z]+'}/${quoted(wanted.id)}`;
}

function canonical(place: Place, wanted: readonly Wanted[], { json }: Scope): string {
  const variables = new Variables();
  const urls = wanted.flatMap((one) => ('url' in one ? one.url : []));
  if (urls.length === 0) return 'false';
  const filter = urls.map((url) => `@ == ${variables.add(url)}`).join(' || ');
  return pathExists(json, pathTo(place), filter, variables);
}

/** A text as a regular expression of PostgreSQL that matches it alone. */
function quoted(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`);
}
