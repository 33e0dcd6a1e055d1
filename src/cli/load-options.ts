import type { OutputOptions } from './output';

export interface LoadArguments extends OutputOptions {
  readonly paths: readonly string[];
  readonly group?: string;
  readonly 'keep-meta': boolean;
  readonly base: readonly string[];
  readonly rejects?: string;
}

/** The exit code of a load that left something out. */
export const EXIT_REJECTED = 3;
