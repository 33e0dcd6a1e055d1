import { RESOURCE_TYPES } from '@app/fhir';

import { type Place, placesOf } from './elements';
import { type Branch, parseExpression } from './expression';
import type { Hl7Definitions, SearchParameter } from './hl7-definitions';

/** What each kind of parameter can be compared with; R4, Search, the tables of each kind. */
const TYPES_OF_KIND: Readonly<Record<string, readonly string[]>> = {
  token: [
    'presence',
    'boolean',
    'code',
    'id',
    'string',
    'Coding',
    'CodeableConcept',
    'Identifier',
    'ContactPoint',
  ],
  date: ['date', 'dateTime', 'instant', 'Period', 'Timing'],
  string: ['string', 'markdown', 'HumanName', 'Address'],
  reference: ['Reference', 'canonical'],
  number: ['integer', 'decimal', 'positiveInt', 'unsignedInt', 'Range'],
  quantity: ['Quantity', 'Age', 'Duration', 'Range', 'SampledData', 'Money'],
  uri: ['uri', 'url', 'canonical'],
};

/** Parameters of every resource type are written once, under this name. */
const EVERY_TYPE = 'Resource';
const DEFINITION_BASE = 'http://hl7.org/fhir/SearchParameter/';
/** "Some kind of phonetic matching algorithm", says R4, and names none: no client could rely on ours. */
const LEFT_OPEN = ['phonetic'];
/** Composites whose parts lie in other elements than they themselves: nothing says which belongs to which. */
const LEFT_APART = ['chromosome-variant-coordinate', 'referenceseqid-variant-coordinate'];
const NOT_COMPILED = [...LEFT_OPEN, ...LEFT_APART];
/** So many targets mean any type. */
const MANY_TARGETS = 40;

/**
 * One row for each resource type and search parameter that has an expression, sorted:
 * `type code kind definition places targets`, or for composites
 * `type code composite definition bases component component`.
 *
 * @throws Error when an expression cannot be compiled: nothing is left out in silence
 */
export function generateRows(hl7: Hl7Definitions): readonly string[] {
  return [EVERY_TYPE, ...RESOURCE_TYPES].flatMap((type) =>
    hl7.parameters
      .filter(({ base, expression }) => base.includes(type) && expression !== undefined)
      .filter(({ type: kind, code }) => kind !== 'special' && !NOT_COMPILED.includes(code))
      .map((parameter) => row(type, parameter, hl7))
      .sort(),
  );
}

function row(type: string, parameter: SearchParameter, hl7: Hl7Definitions): string {
  const { code, type: kind, url } = parameter;
  try {
    const head = [type, code, kind, url.replace(DEFINITION_BASE, '')];
    if (kind === 'composite') return [...head, ...composite(type, parameter, hl7)].join(' ');
    const places = fitting(placesFrom(type, parameter.expression ?? '', hl7), kind);
    return [...head, spell(places), ...targets(parameter)].join(' ');
  } catch (error) {
    throw new Error(`${type}.${code} cannot be compiled.`, { cause: error });
  }
}

/** The branches of `expression` that begin at `type`; R4 leaves the type out of some. */
function placesFrom(type: string, expression: string, hl7: Hl7Definitions): readonly Place[] {
  return parseExpression(expression)
    .map((branch) => (/^[a-z]/.test(branch.root) ? below(type, branch) : branch))
    .filter(({ root }) => root === type)
    .flatMap((branch) => placesOf({ path: '', type, definition: type }, branch, hl7));
}

function below(root: string, branch: Branch): Branch {
  return { ...branch, root, steps: [{ kind: 'member', name: branch.root }, ...branch.steps] };
}

function fitting(places: readonly Place[], kind: string): readonly Place[] {
  const types = TYPES_OF_KIND[kind];
  if (!types) throw new Error(`Parameters of kind ${kind} are not compiled.`);
  const fit = places.filter(({ type }) => types.includes(type));
  if (fit.length === 0) throw new Error(`A ${kind} has nothing to compare with.`);
  return fit;
}

function composite(
  type: string,
  parameter: SearchParameter,
  hl7: Hl7Definitions,
): readonly string[] {
  const bases = placesFrom(type, parameter.expression ?? '', hl7);
  const components = (parameter.component ?? []).map(({ definition, expression }) => {
    const kind = hl7.parameters.find(({ url }) => url === definition)?.type ?? '';
    const spelled = bases.map((base) => component(base, expression, kind, hl7));
    if (new Set(spelled).size !== 1) throw new Error('The bases differ in type.');
    return spelled[0] ?? '';
  });
  return [bases.map(({ path }) => path || '.').join(','), ...components];
}

/**
 * `kind=places` of a component. Where R4 has swapped the definitions of two components, the kind that
 * the element can be compared with decides.
 */
function component(base: Place, expression: string, kind: string, hl7: Hl7Definitions): string {
  const fromBase = (place: Place): Place => ({
    ...place,
    path: base.path === '' ? place.path : place.path.slice(base.path.length + 1),
  });
  const places = parseExpression(expression)
    .flatMap((branch) => {
      return placesOf(base, below('', branch), hl7);
    })
    .map(fromBase);
  const kinds = [kind, ...Object.keys(TYPES_OF_KIND)];
  const right = kinds.find((one) => places.some(({ type }) => TYPES_OF_KIND[one]?.includes(type)));
  return `${right ?? kind}=${spell(fitting(places, right ?? kind))}`;
}

/** Ids are compared as codes that are of no system. */
const SPELLED: Readonly<Record<string, string>> = { id: 'code' };

function spell(places: readonly Place[]): string {
  const texts = places.map(({ path, type, system, target }) => {
    const suffix = system === undefined ? '' : `=${system}`;
    return `${path}:${SPELLED[type] ?? type}${target === undefined ? '' : `>${target}`}${suffix}`;
  });
  return [...new Set(texts)].join(',');
}

function targets({ type, target = [] }: SearchParameter): readonly string[] {
  if (type !== 'reference') return [];
  return [target.length > MANY_TARGETS ? '*' : [...target].sort().join(',')];
}
