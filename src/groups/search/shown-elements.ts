import { invalidParameter } from '../../common';

/** R4's root elements of Group, but for those that every resource has. */
const ELEMENTS = [
  'identifier',
  'active',
  'type',
  'actual',
  'code',
  'name',
  'quantity',
  'managingEntity',
  'characteristic',
  'member',
] as const;
const OF_EVERY_RESOURCE =
  'id meta implicitRules language text contained extension modifierExtension'.split(' ');
type GroupElement = (typeof ELEMENTS)[number];

/** The elements of Group that an answer has, beside `id`, `meta` and the mandatory `type` and `actual`. */
export type ShownElements = ReadonlySet<GroupElement>;

export const WHOLE_GROUP: ShownElements = new Set(ELEMENTS);

/**
 * R4's summary without `quantity`: the number of a segment's members is known when all of them have
 * been found, and a summary is asked for because it is cheap.
 */
const SUMMARY: ShownElements = new Set(['identifier', 'active', 'type', 'actual', 'name']);

const SUMMARIES: ReadonlyMap<string, ShownElements> = new Map([
  ['false', WHOLE_GROUP],
  ['data', WHOLE_GROUP],
  ['true', SUMMARY],
  // No group has a narrative, so this is what is mandatory.
  ['text', new Set<GroupElement>()],
]);

/** Whether showing these takes knowing who the members are. */
export function needsMembers(shown: ShownElements): boolean {
  return shown.has('member') || shown.has('quantity');
}

/**
 * Reads `_elements` and `_summary` (R4 search, 3.1.1.5.8 and 3.1.1.5.9), each as often as it is given.
 *
 * @throws FhirError 400 that names the parameter and says what is accepted
 */
export function shownElements(
  elements: readonly string[],
  summary: string | undefined,
): ShownElements {
  if (elements.length === 0) return summary === undefined ? WHOLE_GROUP : summarised(summary);
  if (summary !== undefined) {
    throw invalidParameter('_summary', '_summary is not given together with _elements.');
  }
  const names = elements.flatMap((list) => list.split(','));
  return new Set(names.filter((name) => !OF_EVERY_RESOURCE.includes(name)).map(elementOfGroup));
}

function summarised(summary: string): ShownElements {
  const shown = SUMMARIES.get(summary);
  if (shown !== undefined) return shown;
  throw invalidParameter(
    '_summary',
    '_summary accepts true, false, data and text; and count in a search.',
  );
}

function elementOfGroup(name: string): GroupElement {
  const element = ELEMENTS.find((known) => known === name);
  if (element !== undefined) return element;
  throw invalidParameter(
    '_elements',
    `_elements accepts root elements of Group, between commas: id, ${ELEMENTS.join(', ')}.`,
  );
}
