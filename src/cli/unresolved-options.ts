import type { UnresolvedFilter } from '../feed';
import type { OutputOptions } from './output';

export interface UnresolvedArguments extends UnresolvedFilter, OutputOptions {
  readonly list: boolean;
}
