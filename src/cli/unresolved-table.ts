import type { UnresolvedCount } from '../feed';
import { align } from './align';

/** What no patient could be found for, for people: by type and kind of reference, with examples. */
export function unresolvedTable(counts: readonly UnresolvedCount[]): string {
  const rows = counts.map(({ type, kind, base, resources }) => [
    type,
    base === '' ? kind : `${kind} ${base}`,
    String(resources),
  ]);
  const [head, ...lines] = align([['type', 'reference', 'resources'], ...rows]).split('\n');
  return [
    'In nobody’s export, or in fewer than they name, for these references to patients:',
    `${head ?? ''}  for example`,
    ...lines.map((line, index) => `${line}  ${counts[index]?.examples.join(', ') ?? ''}`.trimEnd()),
    'docs/loading.md explains the kinds; the command unresolved lists what is open.',
  ].join('\n');
}
