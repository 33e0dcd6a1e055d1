import { type ElementDefinition, readDefinitions, type StructureDefinition } from './definitions';

const LINK_TYPES = ['uri', 'url', 'oid', 'uuid'];
/** `Reference.type` and the like are uris, too, but name a type of resources and lead nowhere. */
const NAMES_A_TYPE = 'type';
const HEADER = `/**
 * The members of R4 (4.0.1) whose values are links: of type uri, url, oid or uuid. Generated:
 * \`node scripts/run.mjs elements\`. A name alone is always a link; \`+\` is followed by the members, or
 * the types of resources, that it is a link in, and \`-\` by those that it is none in.
 */
// oxfmt-ignore
export const R4_LINKS: Readonly<Record<string, string>> = {
`;

/** Where a member of some name stands as a link, and where as a text of another type. */
interface Uses {
  readonly links: Set<string>;
  readonly texts: Set<string>;
}

/**
 * The module libs/fhir/src/r4-links.ts. Members are told apart by the member that holds them; where R4
 * has both a link and another text in members of one name, neither counts as a link.
 */
export function linkTable(): string {
  const definitions = [...readDefinitions('types'), ...readDefinitions('resources')].filter(
    ({ kind }) => kind !== 'primitive-type',
  );
  const holders = readHolders(definitions);
  const uses = new Map<string, Uses>();
  for (const { snapshot } of definitions) {
    for (const element of snapshot.element) addUses(uses, element, holders);
  }
  const rows = [...uses].sort().flatMap(([name, use]) => {
    const where = describe(use);
    return where === undefined ? [] : [`  ${name}: '${where}',\n`];
  });
  return `${HEADER}${rows.join('')}};\n`;
}

/** By type or path of a backbone element, the members that have it as their content. */
function readHolders(
  definitions: readonly StructureDefinition[],
): ReadonlyMap<string, Set<string>> {
  const holders = new Map<string, Set<string>>();
  const add = (content: string, holder: string): void => {
    holders.set(content, (holders.get(content) ?? new Set()).add(holder));
  };
  for (const { kind, type, snapshot } of definitions) {
    if (kind === 'resource') add(type, type);
    for (const element of snapshot.element) {
      if (!element.path.includes('.')) continue;
      for (const [member, content] of membersOf(element)) {
        add(content, member);
        add(element.path, member);
      }
      const { contentReference: other } = element;
      if (other !== undefined) add(other.slice(1), element.path.replace(/.*\./, ''));
    }
  }
  return holders;
}

function addUses(
  uses: Map<string, Uses>,
  element: ElementDefinition,
  holders: ReadonlyMap<string, Set<string>>,
): void {
  const parent = element.path.replace(/\.[^.]*$/, '');
  if (parent === element.path) return;
  for (const [member, type] of membersOf(element)) {
    // Types of resources and data types begin with a capital, those of texts do not.
    if (/^[A-Z]/.test(type) || member === NAMES_A_TYPE) continue;
    const use = uses.get(member) ?? { links: new Set(), texts: new Set() };
    uses.set(member, use);
    const side = LINK_TYPES.includes(type) ? use.links : use.texts;
    for (const holder of holders.get(parent) ?? []) side.add(holder);
  }
}

function membersOf({ path, type = [] }: ElementDefinition): readonly (readonly [string, string])[] {
  const name = path.replace(/.*\./, '');
  return type.map(({ code }) => [
    name.endsWith('[x]') ? name.slice(0, -3) + code.charAt(0).toUpperCase() + code.slice(1) : name,
    code,
  ]);
}

function describe({ links, texts }: Uses): string | undefined {
  const sure = [...links].filter((holder) => !texts.has(holder)).sort();
  if (sure.length === 0) return undefined;
  if (texts.size === 0) return '';
  const [inThese, notIn] = [`+ ${sure.join(' ')}`, `- ${[...texts].sort().join(' ')}`];
  return inThese.length <= notIn.length ? inThese : notIn;
}
