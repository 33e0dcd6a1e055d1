import type { ResourceType } from '@app/fhir';

import { DEFINITIONS } from './definitions';

export type SearchKind =
  | 'token'
  | 'date'
  | 'string'
  | 'reference'
  | 'quantity'
  | 'number'
  | 'uri'
  | 'composite';

/** Where a parameter looks, and what it finds there. */
export interface Place {
  /** Members from the root, parted by dots; `telecom[system=phone]` filters. Empty: the root itself. */
  readonly path: string;
  /** FHIR data type, or `presence` for R4's one parameter that asks whether something is there. */
  readonly type: string;
  /** The code system that a bare code is of. */
  readonly system: string | undefined;
  /** The only type of resource that references count for. */
  readonly target: string | undefined;
}

export interface Component {
  readonly kind: Exclude<SearchKind, 'composite'>;
  readonly places: readonly Place[];
}

export interface SearchParameter {
  readonly name: string;
  readonly kind: SearchKind;
  /** Canonical URL of HL7's definition. */
  readonly definition: string;
  readonly places: readonly Place[];
  /** Of a composite: its parts, to be found together in one of `places`. */
  readonly components: readonly Component[];
  /** Of a reference: the types that it may point at; undefined for any. */
  readonly targets: readonly string[] | undefined;
}

const DEFINITION_BASE = 'http://hl7.org/fhir/SearchParameter/';
/** The name of the rows that count for every type. */
const EVERY_TYPE = 'Resource';
const PLACE = /^([^:]*):([A-Za-z]+)(?:>([A-Za-z]+))?(?:=(.+))?$/;

let byType: ReadonlyMap<string, ReadonlyMap<string, SearchParameter>> | undefined;

/** The search parameters of a type that are evaluated here, by name; those of every type first. */
export function searchParametersOf(type: ResourceType): ReadonlyMap<string, SearchParameter> {
  byType ??= readDefinitions();
  const own = byType.get(type) ?? new Map<string, SearchParameter>();
  return new Map([...(byType.get(EVERY_TYPE) ?? []), ...own]);
}

function readDefinitions(): ReadonlyMap<string, ReadonlyMap<string, SearchParameter>> {
  const types = new Map<string, Map<string, SearchParameter>>();
  for (const row of DEFINITIONS.trim().split('\n')) {
    const [type = '', ...columns] = row.split(' ');
    const parameter = readRow(columns);
    const ofType = types.get(type) ?? new Map<string, SearchParameter>();
    types.set(type, ofType.set(parameter.name, parameter));
  }
  return types;
}

function readRow([
  name = '',
  kind = '',
  id = '',
  places = '',
  ...rest
]: readonly string[]): SearchParameter {
  const isComposite = kind === 'composite';
  const targets = kind === 'reference' && rest[0] !== '*' ? rest[0]?.split(',') : undefined;
  return {
    name,
    kind: kind as SearchKind,
    definition: `${DEFINITION_BASE}${id}`,
    places: isComposite ? places.split(',').map(base) : readPlaces(places),
    components: isComposite ? rest.map(readComponent) : [],
    targets,
  };
}

function base(path: string): Place {
  return {
    path: path === '.' ? '' : path,
    type: 'BackboneElement',
    system: undefined,
    target: undefined,
  };
}

function readComponent(text: string): Component {
  const at = text.indexOf('=');
  return { kind: text.slice(0, at) as Component['kind'], places: readPlaces(text.slice(at + 1)) };
}

function readPlaces(text: string): readonly Place[] {
  return text.split(',').map((one) => {
    const [, path = '', type = '', target, system] = PLACE.exec(one) ?? [];
    return { path, type, target, system };
  });
}
