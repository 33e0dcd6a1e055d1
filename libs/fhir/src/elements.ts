import { R4_ELEMENTS } from './r4-elements';
import type { ResourceType } from './resource-types';

/** An element at the root of a resource, as R4 defines it. */
export interface RootElement {
  /** Of a choice, the stem: `value` for `value[x]`. */
  readonly name: string;
  /** Under which it appears in JSON: one member, or one for each type of a choice. */
  readonly members: readonly string[];
  /** Its cardinality begins at 1 (PR-44). */
  readonly mandatory: boolean;
  /** It changes what the resource means: never to be left out (PR-47). */
  readonly modifier: boolean;
}

/** What a trimmed resource keeps whatever is asked for: what it is, and where its tag lies (PR-45). */
const ALWAYS_KEPT: readonly string[] = ['id', 'meta'];

const tables = new Map<ResourceType, readonly RootElement[]>();

/** The root elements of a type in the order of R4; `resourceType` is none. */
export function rootElements(type: ResourceType): readonly RootElement[] {
  const known = tables.get(type) ?? readTable(type);
  tables.set(type, known);
  return known;
}

/**
 * The members of a resource's JSON that `_elements` leaves: those asked for, the mandatory ones and the
 * modifiers (PR-44, PR-47), each with the `_member` that holds a primitive's extensions.
 *
 * @param asked names of root elements; what the type does not have is passed over
 */
export function keptMembers(type: ResourceType, asked: readonly string[]): readonly string[] {
  const kept = rootElements(type)
    .filter(
      ({ name, mandatory, modifier }) =>
        mandatory || modifier || ALWAYS_KEPT.includes(name) || asked.includes(name),
    )
    .flatMap(({ members }) => members);
  return ['resourceType', ...kept.flatMap((member) => [member, `_${member}`])];
}

function readTable(type: ResourceType): readonly RootElement[] {
  const table = R4_ELEMENTS[type];
  if (table === undefined) throw new Error(`r4-elements.ts has no ${type}: generate it anew.`);
  return table.split(' ').map(parseElement);
}

const ENTRY = /^(\w+)(?:\[([^\]]+)\])?(!?)(\??)$/;

function parseElement(entry: string): RootElement {
  const [, name = '', types, mandatory, modifier] = ENTRY.exec(entry) ?? [];
  const members = types
    ?.split(',')
    .map((type) => name + type.charAt(0).toUpperCase() + type.slice(1));
  return {
    name,
    members: members ?? [name],
    mandatory: mandatory === '!',
    modifier: modifier === '?',
  };
}
