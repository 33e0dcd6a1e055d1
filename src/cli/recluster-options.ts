import type { OutputOptions } from './output';

export interface ReclusterArguments extends OutputOptions {
  readonly all: boolean;
  readonly 'lock-seconds': number;
}
