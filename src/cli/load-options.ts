import type { MaxDeletes } from '../feed';
import type { OutputOptions } from './output';

export interface LoadArguments extends OutputOptions {
  readonly paths: readonly string[];
  readonly group?: string;
  readonly 'keep-meta': boolean;
  readonly base: readonly string[];
  readonly rejects?: string;
  readonly complete?: readonly string[];
  readonly 'max-deletes'?: MaxDeletes;
  readonly 'as-of'?: string;
  readonly 'dry-run'?: boolean;
}

/** How much of a type may be missing when the command does not say. */
export const DEFAULT_MAX_DELETES: MaxDeletes = { percent: 1 };

/** The exit code of a load that left something out. */
export const EXIT_REJECTED = 3;
