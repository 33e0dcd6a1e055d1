import type { BatchRow } from './batch.entity';
import type { BatchReceipt } from './change-batch';
import type { FeedRow } from './feed.entity';
import type { BatchView, FeedView, RejectedLinesView } from './feeds.dto';
import type { RejectedLineRow } from './rejected-line.entity';

/** What a client is told about a batch that it has sent. */
export function batchView(receipt: BatchReceipt): BatchView {
  const { feed, sequence, upTo, types, deleted, rejected } = receipt;
  return {
    ...{ feed, sequence: Number(sequence), types, deleted, rejected },
    ...(upTo === undefined ? {} : { upTo }),
  };
}

/** The same of a batch on record. */
export function viewOf({ feed, sequence, upTo, counts, deleted, rejected }: BatchRow): BatchView {
  return {
    ...{ feed, sequence: Number(sequence), types: counts, deleted, rejected },
    ...(upTo === undefined ? {} : { upTo: upTo.toISOString() }),
  };
}

/** @param feed undefined while it has brought nothing */
export function feedView(
  name: string,
  feed: FeedRow | undefined,
  { rejected, now }: { readonly rejected: number; readonly now: Date },
): FeedView {
  const position = Number(feed?.position ?? 0);
  return {
    ...{ feed: name, position, next: position + 1, rejected },
    ...(feed?.upTo && {
      upTo: feed.upTo.toISOString(),
      lagSeconds: Math.max(0, Math.round((now.getTime() - feed.upTo.getTime()) / 1000)),
    }),
    ...(feed && { lastBatchAt: feed.lastBatchAt.toISOString() }),
  };
}

/** @param at `url` of the list; whether the page is full, and so may have one behind it */
export function rejectedLinesView(
  lines: readonly RejectedLineRow[],
  { url, isFull }: { readonly url: string; readonly isFull: boolean },
): RejectedLinesView {
  const last = isFull ? lines.at(-1) : undefined;
  return {
    lines: lines.map(({ line, reason, reference }) => ({
      ...{ line, reason },
      ...(reference === undefined ? {} : { reference }),
    })),
    ...(last && { next: `${url}?after=${last.ordinal}` }),
  };
}
