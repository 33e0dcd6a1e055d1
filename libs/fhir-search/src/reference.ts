import { isFhirId, isR4ResourceType, parseReference } from '@app/fhir';

import type { Comparison } from './comparison';
import { pathExists, pathTo, valuesAt, Variables } from './json-path';
import { badValue, type Scope } from './scope';
import type { Place } from './search-parameter';
import { unescaped } from './split';
import { literal } from './sql-literal';
import { tokenCondition } from './token';

/** What a value means: a resource of this server, of any type when none is given, or a URL. */
type Wanted = { readonly type: string | undefined; readonly id: string } | { readonly url: string };

const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const ID = '[A-Za-z0-9.-]{1,64}';
const VERSION = `/_history/${ID}`;

/**
 * As what a reference at one of the places points at (R4 search, reference). Own absolute URLs and
 * relative references are the same, and references to versions count for the resource.
 *
 * @param type the modifier, when it is a type
 */
export function referenceComparison(
  places: readonly Place[],
  type: string | undefined,
  scope: Scope,
): Comparison {
  const forms = places.map((place) => formsAt(place, scope));
  return {
    columns: { form: 'text' },
    row: (value) => ({ form: formOf(readReference(value, type, scope)) }),
    matches: `q.${scope.part}form = any (${scope.facts.add(`array(${forms.join(' union all ')})`)})`,
  };
}

/** One of the values is the canonical URL at one of the places. */
export function canonicalCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const wanted = values.map((value) => readReference(value, undefined, scope));
  const urls = wanted.flatMap((one) => ('url' in one ? one.url : []));
  if (urls.length === 0) return 'false';
  const variables = new Variables();
  const filter = urls.map((url) => `@ == ${variables.add(url)}`).join(' || ');
  return places.map((place) => pathExists(scope, pathTo(place), filter, variables)).join(' or ');
}

/** One of the values, which are tokens, is the identifier of a reference at one of the places. */
export function identifierCondition(
  places: readonly Place[],
  values: readonly string[],
  scope: Scope,
): string {
  const identifier: Place = {
    path: 'identifier',
    type: 'Identifier',
    system: undefined,
    target: undefined,
  };
  const condition = tokenCondition([identifier], values, { ...scope, json: 'r.x' });
  return places
    .filter(({ type }) => type === 'Reference')
    .map((place) => {
      const conditions = [`(${condition})`, ...ofTarget(place, 'r.x')];
      return `exists (select from ${valuesAt(scope, pathTo(place), 'r')} where ${conditions.join(' and ')})`;
    })
    .join(' or ');
}

/** Conditions on a Reference: it says that it points at the type that counts here. */
export function ofTarget({ target }: Place, reference: string): readonly string[] {
  if (target === undefined) return [];
  const pattern = literal(`(?:^|/)${target}/${ID}(?:${VERSION})?$`);
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

/** Of the forms that formsAt gives. */
function formOf(wanted: Wanted): string {
  if ('url' in wanted) return `url:${wanted.url}`;
  return wanted.type === undefined ? `id:${wanted.id}` : `own:${wanted.type}/${wanted.id}`;
}

/** All that can be asked for to find a reference: it is brought into these forms once, whatever is. */
function formsAt(place: Place, scope: Scope): string {
  const own = literal(`${scope.fhirBase}/`);
  const conditions = ofTarget(place, 'r.x').join(' and ') || 'true';
  return `select f.form from ${valuesAt(scope, pathTo(place), 'r')}
    cross join lateral (select r.x ->> 'reference', regexp_replace(r.x ->> 'reference', ${literal(`${VERSION}$`)}, '')) a(whole, bare)
    cross join lateral (select case when starts_with(a.bare, ${own}) then substr(a.bare, length(${own}) + 1) else a.bare end) b(own)
    cross join lateral (values ('url:' || a.whole), ('url:' || a.bare), ('own:' || b.own),
      ('id:' || substring(b.own from ${literal(`^[A-Za-z]+/(${ID})$`)}))) f(form)
    where ${conditions}`;
}
