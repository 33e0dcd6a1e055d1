import { invalidParameter, isFhirWideParameter } from '../../common';
import { decodeCursor, type PageCursor } from './page-cursor';
import { type ShownElements, shownElements } from './shown-elements';

const DEFAULT_COUNT = 50;
const MAX_COUNT = 200;

/** The last is how the vendor's own server spells it. */
const INCLUDES = ['Group:member', 'Group:member:Patient', 'Group:member.entity'];
const NAMES = ['_count', '_elements', '_include', '_page', '_summary'];

/** What a search asks about its result instead of about groups. */
export interface ControlParameters {
  /** Groups on a page; 0 asks for the total alone. */
  readonly count: number;
  readonly includeMembers: boolean;
  readonly shown: ShownElements;
  readonly page: PageCursor | undefined;
}

export function isControlParameter(name: string): boolean {
  return NAMES.includes(name) || isFhirWideParameter(name);
}

/** @throws FhirError 400 that names the parameter and says what is accepted */
export function controlParameters(
  parameters: readonly (readonly [name: string, value: string])[],
): ControlParameters {
  const valuesOf = (name: string): readonly string[] =>
    parameters.filter(([other]) => other === name).map(([, value]) => value);
  const summary = single('_summary', valuesOf('_summary'));
  const countOnly = summary === 'count';
  const includeMembers = valuesOf('_include').map(checkInclude).length > 0;
  if (includeMembers && summary === 'text') {
    throw invalidParameter('_include', '_include is not given together with _summary=text.');
  }
  return {
    count: countOnly ? 0 : count(single('_count', valuesOf('_count'))),
    includeMembers,
    shown: shownElements(valuesOf('_elements'), countOnly ? undefined : summary),
    page: page(single('_page', valuesOf('_page'))),
  };
}

function single(name: string, values: readonly string[]): string | undefined {
  if (values.length > 1) throw invalidParameter(name, `${name} may be given once.`);
  return values[0];
}

function count(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT;
  if (!/^\d{1,9}$/.test(text)) {
    throw invalidParameter('_count', '_count accepts a whole number, 0 or more.');
  }
  return Math.min(Number(text), MAX_COUNT);
}

function checkInclude(text: string): string {
  if (INCLUDES.includes(text)) return text;
  throw invalidParameter('_include', '_include accepts Group:member.', 'not-supported');
}

function page(text: string | undefined): PageCursor | undefined {
  if (text === undefined) return undefined;
  const cursor = decodeCursor(text);
  if (cursor !== undefined) return cursor;
  throw invalidParameter('_page', '_page is made by this server: follow the links of a result.');
}
