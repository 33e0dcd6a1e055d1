import {
  type SearchParameter,
  searchParametersOf,
} from '../../../libs/fhir-search/src/search-parameter';
import type { ResourceType } from '../../../libs/fhir/src';
import type { Random } from '../../../libs/sample-data/src/random';
import type { Hl7Definitions } from '../../../scripts/search-definitions/hl7-definitions';
import { type Json, oddValue } from './odd-values';

interface Members {
  [name: string]: Json | Members | Members[];
}

/**
 * A resource that holds something at about half of the places where searches look, in one and in many:
 * well-formed enough for FHIRPath, else without respect for R4's rules.
 */
export function oddResource(
  type: ResourceType,
  id: string,
  random: Random,
  hl7: Hl7Definitions,
): Members {
  const resource: Members = { resourceType: type, id };
  const parameters = [...searchParametersOf(type).values()];
  const composites = parameters.filter(({ kind }) => kind === 'composite');
  if (composites.length > 0 && random.chance(0.5)) {
    putTogether(resource, random.pick(composites), { random, hl7 });
  }
  for (const parameter of parameters) {
    if (parameter.name === '_id' || parameter.kind === 'composite' || random.chance(0.4)) continue;
    const place = random.pick(parameter.places);
    put(
      resource,
      stepsOf(place.path),
      place.type === 'presence' ? presenceType(place.path) : place.type,
      {
        random,
        hl7,
      },
    );
  }
  resource['meta'] = {
    ...(resource['meta'] as Members | undefined),
    lastUpdated: oddValue('instant', random) as string,
  };
  return resource;
}

/** All parts of a composite, at one of its places. */
function putTogether(
  resource: Members,
  { places, components }: SearchParameter,
  by: { readonly random: Random; readonly hl7: Hl7Definitions },
): void {
  const base = by.random.pick(places);
  for (const component of components) {
    const place = by.random.pick(component.places);
    put(resource, [...stepsOf(base.path), ...stepsOf(place.path)], place.type, by);
  }
}

function stepsOf(path: string): readonly string[] {
  return path === '' ? [] : path.split(/\.(?![^[]*\])/);
}

function presenceType(path: string): string {
  return path.endsWith('Boolean') ? 'boolean' : 'dateTime';
}

function put(
  at: Members,
  [step = '', ...rest]: readonly string[],
  type: string,
  by: { readonly random: Random; readonly hl7: Hl7Definitions },
): void {
  const { random } = by;
  const { name } = readStep(step);
  if (!(name in at) && hasSibling(at, name, by.hl7)) return;
  if (rest.length > 0) {
    put(filtered(below(at, name, random), step, random), rest, type, by);
    return;
  }
  if (name in at) return;
  const count = random.chance(0.6) ? 1 : random.int(2, 3);
  const values = Array.from({ length: count }, () => oddValue(type, random));
  const isChoice = choiceOf(name, by.hl7) !== undefined;
  at[name] = isChoice || random.chance(0.5) ? (values[0] ?? null) : values;
}

/** `name`, or `name[filter=wanted]`. */
function readStep(step: string): {
  readonly name: string;
  readonly filter: string | undefined;
  readonly wanted: string;
} {
  const [, name = '', filter, wanted = ''] = /^([^[]*)(?:\[(.*)=(.*)\])?$/.exec(step) ?? [];
  return { name, filter, wanted };
}

/** Mostly with the member that the step filters by. */
function filtered(members: Members, step: string, random: Random): Members {
  const { filter, wanted } = readStep(step);
  if (filter !== undefined && random.chance(0.7)) members[filter] ??= wanted;
  return members;
}

/** An object of that name: one that is there, or a new one, in a list or alone. */
function below(at: Members, name: string, random: Random): Members {
  const there = at[name];
  if (Array.isArray(there) && there.length > 0 && random.chance(0.5))
    return random.pick<unknown>(there) as Members;
  const fresh: Members = {};
  if (Array.isArray(there)) (there as Members[]).push(fresh);
  else if (there !== undefined) return there as Members;
  else at[name] = name === 'meta' || random.chance(0.3) ? fresh : [fresh];
  return fresh;
}

/** A choice of types holds one value: `valueString` beside `valueQuantity` is no FHIR. */
function hasSibling(at: Members, name: string, hl7: Hl7Definitions): boolean {
  const choice = choiceOf(name, hl7);
  return choice !== undefined && Object.keys(at).some((other) => choiceOf(other, hl7) === choice);
}

function choiceOf(name: string, { elements }: Hl7Definitions): string | undefined {
  choices ??= new Set(
    [...elements.keys()]
      .filter((path) => path.endsWith('[x]'))
      .map((path) => path.slice(path.lastIndexOf('.') + 1, -3)),
  );
  const ends = [...name.matchAll(/[A-Z]/g)].map(({ index }) => name.slice(0, index));
  return ends.find((prefix) => choices?.has(prefix) === true);
}

let choices: ReadonlySet<string> | undefined;
