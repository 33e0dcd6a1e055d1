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

export function isFromNow(value: unknown): value is SecondsFromNow {
  return typeof value === 'object' && value !== null && 'secondsFromNow' in value;
}
