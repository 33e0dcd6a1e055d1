import type { Clock } from '../common';
import type { Config } from '../config';
import type { Feeds } from '../feed';
import { UnfitError } from './dependencies';

/** A follower takes a batch in with each reading, however little has changed. */
const INTERVALS = 5;
/** A large batch takes its time. */
const LEAST_SECONDS = 60;

/**
 * Tells of sources that have not been read for several intervals; checks that never make a process
 * unready, since exports go on with what there is.
 */
export function followerLag(
  { followers: { database, fhir } }: Pick<Config, 'followers'>,
  feeds: Pick<Feeds, 'find'>,
  clock: Pick<Clock, 'now'>,
): Readonly<Record<string, () => Promise<void>>> {
  const check = async (feed: string, most: number): Promise<void> => {
    const known = await feeds.find(feed);
    if (!known) throw new UnfitError('has brought nothing yet');
    const seconds = (clock.now().getTime() - known.lastBatchAt.getTime()) / 1000;
    if (seconds > most) throw new UnfitError(`was read last ${Math.round(seconds)} s ago`);
  };
  const sources = [
    ...(database ? [{ ...database, readingSeconds: 0 }] : []),
    // The server's export may take so long.
    ...(fhir ? [{ ...fhir, readingSeconds: fhir.exportWait }] : []),
  ];
  return Object.fromEntries(
    sources.map(({ feed, poll, readingSeconds }) => {
      const most = Math.max(INTERVALS * poll, LEAST_SECONDS) + readingSeconds;
      return [`feed ${feed}`, () => check(feed, most)];
    }),
  );
}
