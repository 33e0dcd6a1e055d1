import { isFhirId } from '@app/fhir';

/** Where a page begins or ends: next to a group that a neighbouring page shows. */
export interface PageCursor {
  readonly direction: 'after' | 'before';
  readonly groupId: string;
}

/** A cursor as an opaque value for paging links. */
export function encodeCursor({ direction, groupId }: PageCursor): string {
  return Buffer.from(`${direction} ${groupId}`).toString('base64url');
}

/** Undefined for a value that no paging link of ours holds. */
export function decodeCursor(text: string): PageCursor | undefined {
  const match = /^(after|before) (.+)$/.exec(Buffer.from(text, 'base64url').toString());
  const [, direction, groupId = ''] = match ?? [];
  if (!isFhirId(groupId)) return undefined;
  if (direction !== 'after' && direction !== 'before') return undefined;
  return { direction, groupId };
}
