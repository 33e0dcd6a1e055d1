import { forbidden } from '../../common';
import { coversFeed } from '../apps/write-licence';
import { letFeed } from '../write-scopes';
import type { AppPrincipal } from './app-principal';

/**
 * Whether the app may send batches of a feed with this token, and read how far it is. Of a feed that it
 * is not licensed for it is told nothing, not even whether there is one.
 *
 * @throws FhirError 403 that says whether licence or scope is at fault
 */
export function requireFeed(
  { licence, scopes }: Pick<AppPrincipal, 'licence' | 'scopes'>,
  feed: string,
): void {
  if (!coversFeed(licence.writes, feed)) {
    throw forbidden(
      'The app is not licensed to write to this feed: the operator can change that (`apps licence`, PUT /admin/apps/[id]/licence).',
    );
  }
  if (!letFeed(scopes)) {
    throw forbidden(
      'A batch may hold any type, deletions too. Ask for a token with system/*.cud, or system/*.write in the syntax of SMART v1.',
    );
  }
}
