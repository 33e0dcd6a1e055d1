import type { AuditEvent } from '../../audit';
import type { BatchReceipt, ChangeBatch } from './change-batch';

/** What goes on record of a batch; nothing when nobody has sent it. */
export function batchEvents(
  { by }: Pick<ChangeBatch, 'by'>,
  { feed, sequence, types, deleted, rejected, isNew }: BatchReceipt,
): readonly AuditEvent[] {
  if (!by) return [];
  const resources = Object.values(types).reduce((sum, { read }) => sum + read, 0);
  const detail = { feed, sequence: Number(sequence), resources, deleted, rejected, isNew };
  const event = { outcome: 'success', detail } as const;
  if (by === 'operator') return [{ ...event, action: 'feed.pushed' }];
  return [{ ...event, ...by, action: 'feed.written' }];
}
