import type { Pushed } from '../feed';
import { table } from './table';

/** A feed, as it is listed. */
export interface FeedState {
  readonly name: string;
  readonly position: string;
  readonly upTo: Date | undefined;
  readonly lastBatchAt: Date;
  /** Since its last batch. */
  readonly ageSeconds: number;
  readonly rejected: number;
}

interface RejectedLine {
  readonly line: number;
  readonly reason: string;
  readonly reference: string | undefined;
}

const COUNTED = ['read', 'new', 'changed', 'unchanged'] as const;

/** What became of each file. */
export function pushedTable(pushed: readonly Pushed[]): string {
  const rows = pushed.map(({ file, receipt }) => [
    ...[file, receipt.sequence.toString()],
    ...COUNTED.map((outcome) =>
      Object.values(receipt.types).reduce((sum, counts) => sum + counts[outcome], 0),
    ),
    ...[receipt.deleted, receipt.rejected, receipt.upTo ?? ''],
    receipt.isNew ? '' : 'taken in before',
  ]);
  return table(['file', 'batch', ...COUNTED, 'deleted', 'rejected', 'up to', ''], rows);
}

export function feedsTable(feeds: readonly FeedState[]): string {
  if (feeds.length === 0) return 'No feed has brought anything yet.';
  const rows = feeds.map(({ name, position, upTo, lastBatchAt, ageSeconds, rejected }) => [
    ...[name, position, upTo?.toISOString() ?? 'not told', lastBatchAt.toISOString()],
    ...[ageSeconds, rejected],
  ]);
  return table(['feed', 'position', 'up to', 'last batch', 'age s', 'rejected'], rows);
}

/** @param rejected how many there were, of which the first are kept */
export function rejectedTable(rejected: number, lines: readonly RejectedLine[]): string {
  if (rejected === 0) return 'No line of this batch was rejected.';
  const rows = lines.map(({ line, reference, reason }) => [line, reference ?? '', reason]);
  const rest = rejected - lines.length;
  return [
    table(['line', 'reference', 'reason'], rows),
    rest > 0 ? [`${rest} more are not kept.`] : [],
  ]
    .flat()
    .join('\n');
}
