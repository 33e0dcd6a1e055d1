import type { DataSource } from 'typeorm';

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
  return dataSource.query<PackedFigures[]>(
    `select type, count(*)::float8 as segments, (count(*) filter (where due))::float8 as due,
            sum(resources)::float8 as resources, sum(bytes)::float8 as bytes,
            coalesce(sum(octet_length(data)), 0)::float8 as stored
     from clinical.packed_segment where $1::text is null or type = $1
     group by type order by type`,
    [type ?? null],
  );
}
