import type { DataSource } from 'typeorm';

import { FIGURES } from './packed-figures.sql';

/** What is packed of a type. */
export interface PackedFigures {
  readonly type: string;
  readonly segments: number;
  /** Segments that are to be packed, anew or at all. */
  readonly due: number;
  readonly resources: number;
  /** Of NDJSON. */
  readonly bytes: number;
  /** Of gzip. */
  readonly stored: number;
}

/** What is packed of each type that has segments, or of one of them. */
export function packedFigures(
  dataSource: DataSource,
  type?: string,
): Promise<readonly PackedFigures[]> {
  return dataSource.query<PackedFigures[]>(FIGURES, [type ?? null]);
}
