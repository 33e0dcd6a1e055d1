import type { UnresolvedCount } from '../feed';
import { table } from './table';

/** References to patients that the store cannot find, by type and kind, with examples. */
export function unresolvedTable(counts: readonly UnresolvedCount[]): string {
  const rows = counts.map(({ type, kind, base, resources, examples }) => [
    type,
    base === '' ? kind : `${kind} ${base}`,
    resources,
    examples.join(', '),
  ]);
  return [
    'In nobody’s export, or in fewer than they name, for these references to patients:',
    table(['type', 'reference', 'resources', 'for example'], rows),
    'docs/loading.md explains the kinds; the command unresolved lists what is open.',
  ].join('\n');
}
