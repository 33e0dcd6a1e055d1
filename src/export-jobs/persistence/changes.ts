import type { PartRow } from './part.entity';

/** What an event changes besides the state: values, instants from now, or SQL as TypeORM has it. */
export type Changes<Row> = {
  readonly [Column in keyof Row]?: Row[Column] | SecondsFromNow | null | (() => string);
};

/** An instant, by the timer of the service. */
export interface SecondsFromNow {
  readonly secondsFromNow: number;
}

export const fromNow = (secondsFromNow: number): SecondsFromNow => ({ secondsFromNow });

export const NOW = fromNow(0);

/** Of a part that is done again: nothing of what it came to stays. */
export const UNREAD = {
  ...{ failure: null, missing: null, finishedAt: null, resources: null, writtenBytes: 0 },
  ...{ attempts: 0, notBefore: NOW },
} as const satisfies Changes<PartRow>;

export function isFromNow(value: unknown): value is SecondsFromNow {
  return typeof value === 'object' && value !== null && 'secondsFromNow' in value;
}
