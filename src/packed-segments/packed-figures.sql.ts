/** Of all types when `$1` is null. Counts are numbers: none of them passes 2^53. */
export const FIGURES = `
  select type, count(*)::float8 as segments, (count(*) filter (where due))::float8 as due,
         sum(resources)::float8 as resources, sum(bytes)::float8 as bytes,
         coalesce(sum(octet_length(data)), 0)::float8 as stored
  from clinical.packed_segment where $1::text is null or type = $1
  group by type order by type`;
