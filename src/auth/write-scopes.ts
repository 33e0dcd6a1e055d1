import { isResourceType, type ResourceType } from '@app/fhir';

import type { Licence } from './apps/app';
import { coversFeed } from './apps/write-licence';

/** What may be written of a type: creating, updating and deleting, in the letters of SMART v2. */
export type WriteLetter = 'c' | 'u' | 'd';

export const WRITE_LETTERS: readonly WriteLetter[] = ['c', 'u', 'd'];

/** The part of a scope that tells what may be written. */
interface WritingScope {
  readonly type: ResourceType | '*';
  readonly writes?: readonly WriteLetter[] | undefined;
}

/** The letters for writing among the permissions of a scope; `.write` and `.*` of v1 stand for all three. */
export function lettersOf(permissions: string): readonly WriteLetter[] {
  if (permissions === 'read') return [];
  if (permissions === 'write' || permissions === '*') return WRITE_LETTERS;
  return WRITE_LETTERS.filter((letter) => permissions.includes(letter));
}

/** Of what a scope asks to write, the letters that the licence lets an app use. */
export function licensedLetters(
  { type, writes = [] }: WritingScope,
  { resourceTypes, writes: licence, ownGroups }: Licence,
): readonly WriteLetter[] {
  const coversType = type === '*' || !resourceTypes || resourceTypes.includes(type);
  if (licence?.fhirWrites && coversType) return writes;
  if (ownGroups && type === 'Group' && coversType) return writes;
  return coversFeed(licence) && isForFeeds({ type, writes }) ? writes : [];
}

/** Whether scopes let everything be written that a batch may hold: any type, deletions too. */
export function letFeed(scopes: readonly WritingScope[]): boolean {
  return scopes.some(isForFeeds);
}

function isForFeeds({ type, writes = [] }: WritingScope): boolean {
  return type === '*' && writes.length === WRITE_LETTERS.length;
}

/** Why nothing is left of scopes that ask for writing; undefined when that is not the reason. */
export function whyNotWritten(
  requested: readonly { readonly type: string; readonly writes: readonly WriteLetter[] }[],
  { writes }: Licence,
): string | undefined {
  const asked = requested.some(
    ({ type, writes: letters }) => letters.length > 0 && (type === '*' || isResourceType(type)),
  );
  if (!asked || writes?.fhirWrites) return undefined;
  return writes
    ? 'No scope can be granted. The licence of the app to write covers batches of feeds alone: ask for system/*.cud or system/*.write.'
    : 'No scope can be granted. The app is not licensed to write: the operator can change that (`apps licence`, PUT /admin/apps/[id]/licence).';
}
