import type { CompleteType, LoadSummary } from '../feed';
import { table } from './table';

/** What full extracts say is gone, and what becomes of it. */
export function completeTable({
  complete,
  isDryRun,
}: Pick<LoadSummary, 'complete' | 'isDryRun'>): string {
  const outcomes = {
    deleted: isDryRun ? 'would be deleted' : 'deleted',
    held: 'kept: something that may be of this type was rejected',
    beyond: 'more than --max-deletes allows: the load would fail',
  } as const satisfies Record<CompleteType['outcome'], string>;
  const rows = complete.map(({ type, stored, input, missing, allowed, later, outcome }) => [
    ...[type, stored, input, missing, allowed],
    later > 0 ? `${outcomes[outcome]}; ${later} that came later: kept` : outcomes[outcome],
  ]);
  const title = isDryRun ? 'Dry run, nothing was changed. Full extracts:' : 'Full extracts:';
  return [
    title,
    table(['type', 'stored before', 'in input', 'missing', 'allowed', 'missing ones'], rows),
  ].join('\n');
}
