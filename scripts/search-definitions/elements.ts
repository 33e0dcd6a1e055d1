import type { Branch, Step } from './expression';
import type { ElementDefinition, Hl7Definitions } from './hl7-definitions';

/** Where an expression leads: a path in JSON, and the one data type of what lies there. */
export interface Place {
  /** Names of members from the root, parted by dots; `telecom[system=phone]` filters. Empty: the root. */
  readonly path: string;
  readonly type: string;
  /** The code system that a `code` is of. */
  readonly system?: string;
  /** The type of resource that references must point at. */
  readonly target?: string;
  /** The path of the element's definition: its children are defined below. */
  readonly definition: string;
}

const FHIRPATH_STRING = 'http://hl7.org/fhirpath/System.String';

/**
 * All places that a branch leads to from `root`: a choice of types is several.
 *
 * @throws Error when an element does not exist, or is none of the types that `as` names
 */
export function placesOf(root: Place, branch: Branch, hl7: Hl7Definitions): readonly Place[] {
  const start: readonly Place[] = [root];
  const found = branch.steps.reduce((places, step) => take(places, step, hl7), start);
  return branch.presence ? found.map((place) => ({ ...place, type: 'presence' })) : found;
}

function take(places: readonly Place[], step: Step, hl7: Hl7Definitions): readonly Place[] {
  switch (step.kind) {
    case 'member':
      return places.flatMap((place) => childrenOf(place, step.name, hl7));
    case 'as':
      return onlyOfType(places, step.type);
    case 'where-equals':
      return places.map((place) => ({
        ...place,
        path: `${place.path}[${step.name}=${step.value}]`,
      }));
    case 'where-resolves-to':
      return onlyOfType(places, 'Reference').map((place) => ({ ...place, target: step.type }));
  }
}

/** R4 spells the type `dateTime` as `DateTime` in one of its components. */
function onlyOfType(places: readonly Place[], type: string): readonly Place[] {
  const fitting = places.filter((place) => place.type.toLowerCase() === type.toLowerCase());
  if (fitting.length === 0) throw new Error(`Nothing here is a ${type}.`);
  return fitting;
}

function childrenOf(place: Place, name: string, hl7: Hl7Definitions): readonly Place[] {
  for (const parent of [place.definition, place.type]) {
    const one = hl7.elements.get(`${parent}.${name}`);
    if (one) return [child(place, name, one, hl7)];
    const choice = hl7.elements.get(`${parent}.${name}[x]`);
    if (choice) return choicesOf(place, name, choice, hl7);
  }
  throw new Error(`${place.definition} has no element ${name}.`);
}

function choicesOf(
  place: Place,
  name: string,
  element: ElementDefinition,
  hl7: Hl7Definitions,
): readonly Place[] {
  return (element.type ?? []).map(({ code }) => {
    const member = `${name}${code.charAt(0).toUpperCase()}${code.slice(1)}`;
    return child(place, member, { ...element, type: [{ code }] }, hl7);
  });
}

function child(
  place: Place,
  member: string,
  element: ElementDefinition,
  hl7: Hl7Definitions,
): Place {
  const type = element.type?.[0]?.code ?? 'BackboneElement';
  const system = type === 'code' ? systemOf(element, hl7) : undefined;
  return {
    path: place.path === '' ? member : `${place.path}.${member}`,
    type: type === FHIRPATH_STRING ? 'string' : type,
    definition: element.contentReference?.slice(1) ?? element.path,
    ...(system !== undefined && { system }),
  };
}

/** A required binding to one code system says which system a bare code is of. */
function systemOf({ binding }: ElementDefinition, hl7: Hl7Definitions): string | undefined {
  if (binding?.strength !== 'required') return undefined;
  const [url = ''] = (binding.valueSet ?? '').split('|');
  const systems = new Set(hl7.systems.get(url));
  return systems.size === 1 ? [...systems][0] : undefined;
}
