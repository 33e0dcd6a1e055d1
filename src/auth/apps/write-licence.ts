import { quoted } from '@app/fhir';

import { FEED_NAME } from '../../config';
import type { WriteLicence } from './app';

/** What an operator hands in of a licence to write; what is left out is not licensed. */
export interface GivenWriteLicence {
  readonly allFeeds?: boolean | undefined;
  readonly feeds?: readonly string[] | undefined;
  readonly fhirWrites?: boolean | undefined;
}

/** Undefined when nothing may be written. */
export function writeLicence({
  allFeeds = false,
  feeds = [],
  fhirWrites = false,
}: GivenWriteLicence): WriteLicence | undefined {
  if (!allFeeds && feeds.length === 0 && !fhirWrites) return undefined;
  return { allFeeds, feeds: [...new Set(feeds)], fhirWrites };
}

/** A licence to write after a change; what is left out of it stays. */
export function changedWrites(
  writes: WriteLicence | undefined,
  change: {
    readonly feeds?: 'all' | readonly string[] | undefined;
    readonly fhirWrites?: boolean | undefined;
  },
): GivenWriteLicence {
  const { feeds = writes?.allFeeds ? 'all' : (writes?.feeds ?? []) } = change;
  return {
    allFeeds: feeds === 'all',
    feeds: feeds === 'all' ? [] : feeds,
    fhirWrites: change.fhirWrites ?? writes?.fhirWrites,
  };
}

/** Whether batches of some feed, or of one, may be sent. */
export function coversFeed(writes: WriteLicence | undefined, feed?: string): boolean {
  if (!writes) return false;
  return (
    writes.allFeeds || (feed === undefined ? writes.feeds.length > 0 : writes.feeds.includes(feed))
  );
}

/**
 * What is wrong with the feeds of a licence, a sentence each.
 *
 * @param hasAllTypes whether the licence covers every resource type
 */
export function feedFaults(
  { allFeeds = false, feeds = [] }: GivenWriteLicence,
  hasAllTypes: boolean,
): readonly string[] {
  return [
    ...(allFeeds && feeds.length > 0 ? ['Give either feeds or all feeds, not both.'] : []),
    ...feeds
      .filter((feed) => !FEED_NAME.test(feed))
      .map(
        (feed) => `${quoted(feed)} is not the name of a feed: small letters, digits and hyphens.`,
      ),
    ...((allFeeds || feeds.length > 0) && !hasAllTypes
      ? ['A batch may hold any type: an app that may write to feeds needs all resource types.']
      : []),
  ];
}
