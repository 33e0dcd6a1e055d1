import { parseInstant, quoted } from '@app/fhir';

import { Clock } from '../common';
import { FEED_NAME } from '../config';
import { BatchPusher, FeedModule, Feeds, type Pushed, type RejectedLineRow } from '../feed';
import { feedsTable, type FeedState, pushedTable, rejectedTable } from './feed-tables';
import type { PushArguments, RejectedArguments } from './feed.options';
import { EXIT_REJECTED } from './load-options';
import { type OutputOptions, print } from './output';
import { withServices } from './with-services';

const PAGE = 1000;
const IMPORTS = { imports: [FeedModule] };

/** Shows what was taken in also when a later file was not. */
export async function push(args: PushArguments): Promise<void> {
  const use = { needs: ['fhir-base', 'feeds'] as const, ...IMPORTS };
  const pushed: Pushed[] = [];
  const feed = feedName(args.feed);
  try {
    await withServices(use, async (services) => {
      refuseFuture(args['up-to'], services.get(Clock).present());
      const push = { feed, paths: args.files, upTo: args['up-to'] };
      for await (const one of services.get(BatchPusher).push(push)) pushed.push(one);
    });
  } finally {
    const receipts = pushed.map(({ file, receipt }) => ({
      ...{ file, ...receipt },
      sequence: receipt.sequence.toString(),
    }));
    print(args, receipts, () => pushedTable(pushed));
  }
  if (pushed.some(({ receipt }) => receipt.rejected > 0)) process.exitCode = EXIT_REJECTED;
}

export function list(args: OutputOptions): Promise<void> {
  return withServices(IMPORTS, async (services) => {
    const feeds = services.get(Feeds);
    const now = services.get(Clock).present().getTime();
    const states: FeedState[] = [];
    for (const { name, position, upTo, lastBatchAt } of await feeds.list()) {
      const ageSeconds = Math.max(0, Math.round((now - lastBatchAt.getTime()) / 1000));
      const rejected = await feeds.rejectedCount(name);
      states.push({ name, position, upTo, lastBatchAt, ageSeconds, rejected });
    }
    print(args, states, () => feedsTable(states));
  });
}

export function rejected(args: RejectedArguments): Promise<void> {
  return withServices(IMPORTS, async (services) => {
    const feeds = services.get(Feeds);
    const { number } = args;
    const name = feedName(args.name);
    const batch = await feeds.batch(name, number);
    if (!batch) throw new Error(`Feed ${name} has no batch ${number}, or no longer.`);
    const lines: RejectedLineRow[] = [];
    for (let page = PAGE; page === PAGE;) {
      const after = lines.at(-1)?.ordinal ?? 0;
      const found = await feeds.rejectedLines(name, { sequence: number, after, limit: PAGE });
      lines.push(...found);
      page = found.length;
    }
    const told = lines.map(({ line, reason, reference }) => ({ line, reason, reference }));
    print(args, { rejected: batch.rejected, lines: told }, () =>
      rejectedTable(batch.rejected, told),
    );
  });
}

function refuseFuture(upTo: string | undefined, present: Date): void {
  const instant = upTo === undefined ? undefined : parseInstant(upTo);
  if (instant === undefined || instant <= BigInt(present.getTime()) * 1000n) return;
  throw new Error(
    `--up-to: ${upTo} lies in the future: nothing can be contained up to there. Give the source's present at most.`,
  );
}

/** Here rather than beside the options: help goes without the settings, which take long to load. */
function feedName(name: string): string {
  if (FEED_NAME.test(name)) return name;
  throw new Error(
    `${quoted(name)} is no name of a feed. Give lower-case letters, digits and hyphens, up to 63 characters.`,
  );
}
