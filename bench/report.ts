import { textTable } from '../scripts/text-table';
import type { MachineFacts } from './bench';
import type { Figures } from './figures';

export interface Result extends Figures {
  readonly scenario: string;
  readonly machine: MachineFacts;
}

/** A result as a table for people: a line a figure. */
export function readableReport({ machine, ...figures }: Result): string {
  const lines = Object.entries({ ...figures, ...machine }).map(
    ([name, value]) => [name, shown(value)] as const,
  );
  return textTable([['figure', 'value'], ...lines]);
}

function shown(value: Figures[keyof Figures] | MachineFacts[string]): string | number {
  if (typeof value === 'object' && value !== null) return value.join('  ');
  return value ?? 'not measured';
}
