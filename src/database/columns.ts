import type { ValueTransformer } from 'typeorm';

/** For columns of entities: what is null in the table is undefined in the code. */
export const OPTIONAL: ValueTransformer = {
  to: (value: unknown) => value ?? null,
  from: (value: unknown) => value ?? undefined,
};

/** As OPTIONAL, for a bigint that a number holds exactly: a count, or a size in bytes. */
export const SAFE_INTEGER: ValueTransformer = {
  to: (value: number | undefined) => value ?? null,
  from: (value: string | null) => (value === null ? undefined : Number(value)),
};

/** As OPTIONAL, for a timestamptz that is read as a UTC instant with milliseconds. */
export const UTC_INSTANT: ValueTransformer = {
  to: (value: string | undefined) => value ?? null,
  from: (value: Date | null) => value?.toISOString(),
};
