import { invalidParameter, isFhirWideParameter } from '../../common';
import { decodeCursor, type PageCursor } from './page-cursor';
import { type QueryParameter, single, valuesOf } from './query-parameter';
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
export function controlParameters(parameters: readonly QueryParameter[]): ControlParameters {
  const summary = single(parameters, '_summary');
  const countOnly = summary === 'count';
  const includeMembers = valuesOf(parameters, '_include').map(checkInclude).length > 0;
  if (includeMembers && summary === 'text') {
    throw invalidParameter('_include', '_include is not given together with _summary=text.');
  }
  return {
    count: countOnly ? 0 : count(single(parameters, '_count')),
    includeMembers,
    shown: shownElements(valuesOf(parameters, '_elements'), countOnly ? undefined : summary),
    page: page(single(parameters, '_page')),
  };
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
