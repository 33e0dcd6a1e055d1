import type { Config } from '../config';

/** Members are of use to gzip files alone; without those nothing is packed. */
export function isPacking({ packing, export: { fileEncoding } }: Config): boolean {
  return packing.enabled && fileEncoding === 'gzip';
}
