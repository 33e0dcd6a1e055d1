import { searchParametersOf } from '../../../libs/fhir-search/src/search-parameter';
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
  for (const parameter of searchParametersOf(type).values()) {
    if (parameter.name === '_id' || parameter.kind === 'composite' || random.chance(0.4)) continue;
    const place = random.pick(parameter.places);
    const steps = place.path.replaceAll(/\[.*?\]/g, '').split('.');
    put(resource, steps, place.type === 'presence' ? presenceType(place.path) : place.type, {
      random,
      hl7,
    });
  }
  resource['meta'] = {
    ...(resource['meta'] as Members | undefined),
    lastUpdated: oddValue('instant', random) as string,
  };
  return resource;
}

function presenceType(path: string): string {
  return path.endsWith('Boolean') ? 'boolean' : 'dateTime';
}

function put(
  at: Members,
  [name = '', ...rest]: readonly string[],
  type: string,
  by: { readonly random: Random; readonly hl7: Hl7Definitions },
): void {
  const { random } = by;
  if (!(name in at) && hasSibling(at, name, by.hl7)) return;
  if (rest.length > 0) {
    put(below(at, name, random), rest, type, by);
    return;
  }
  if (name in at) return;
  const count = random.chance(0.6) ? 1 : random.int(2, 3);
  const values = Array.from({ length: count }, () => oddValue(type, random));
  const isChoice = choiceOf(name, by.hl7) !== undefined;
  at[name] = isChoice || random.chance(0.5) ? (values[0] ?? null) : values;
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
