import { textTable } from '../scripts/text-table';
import type { MachineFacts } from './bench';

export type Result = Readonly<Record<string, unknown>> & {
  readonly scenario: string;
  readonly machine: MachineFacts;
};

/** A result as a table for people: a line a figure. */
export function readableReport({ machine, ...figures }: Result): string {
  const lines = Object.entries({ ...figures, ...machine }).map(
    ([name, value]) => [name, shown(value)] as const,
  );
  return textTable([['figure', 'value'], ...lines]);
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join('  ');
  if (value === null || value === undefined) return 'not measured';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
