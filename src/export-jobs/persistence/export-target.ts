/** Whose data an export holds. */
export type ExportTarget =
  | { readonly level: 'group'; readonly groupId: string }
  /** Every patient that exists. */
  | { readonly level: 'patient' }
  /** Everything that the store holds, patients' or not (KO-01). */
  | { readonly level: 'system' };

export type ExportLevel = ExportTarget['level'];

/** @throws Error for a level that this release does not know: nothing is ever taken for everyone */
export function toTarget({
  level,
  groupId,
}: {
  readonly level: string;
  readonly groupId?: string | null | undefined;
}): ExportTarget {
  if (level === 'group' && typeof groupId === 'string') return { level, groupId };
  if (level === 'patient' || level === 'system') return { level };
  throw new Error('An export is of a level that this release does not know.');
}
