import { RESOURCE_TYPES } from '@app/fhir';

import { type ElementDefinition, readDefinitions, type StructureDefinition } from './definitions';

/**
 * The module libs/fhir/src/r4-elements.ts: the root elements of every exportable type, from the
 * StructureDefinitions of R4.
 */
export function elementTable(): string {
  const rows = RESOURCE_TYPES.map((type) => `  ${type}:\n    '${elementsOf(type).join(' ')}',\n`);
  return `${HEADER}${rows.join('')}};\n`;
}

const HEADER = `/**
 * Root elements by type, in the order of R4 (4.0.1). Generated: \`node scripts/run.mjs elements\`.
 * \`!\` is mandatory, \`?\` a modifier; \`value[Quantity,string]\` is a choice of types.
 */
// oxfmt-ignore
export const R4_ELEMENTS: Readonly<Record<string, string>> = {
`;

let definitions: readonly StructureDefinition[] | undefined;

function elementsOf(type: string): readonly string[] {
  definitions ??= readDefinitions('resources');
  const definition = definitions.find(
    (one) => one.type === type && one.derivation === 'specialization',
  );
  if (!definition) throw new Error(`R4 defines no ${type}.`);
  return definition.snapshot.element.flatMap((element) => {
    const [, name, ...deeper] = element.path.split('.');
    return name === undefined || deeper.length > 0 ? [] : [entryOf(name, element)];
  });
}

function entryOf(name: string, { min, isModifier, type = [] }: ElementDefinition): string {
  const types = type.map(({ code }) => code).join(',');
  const spelled = name.endsWith('[x]') ? `${name.slice(0, -3)}[${types}]` : name;
  return `${spelled}${min > 0 ? '!' : ''}${isModifier ? '?' : ''}`;
}
