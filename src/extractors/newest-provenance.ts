import { ALL_BUCKETS } from '../cohort';
import type { ExportScope } from './resource-extractor';
import { asOf } from './sql';

/**
 * Ids of the newest Provenance of each resource (PR-61): the one recorded last, of two of the same
 * instant the one that the store took in last. One that a filter hides does not hide the one before.
 *
 * @param about SQL that gives `provenance_id, target_type, target_id`
 */
export function newestOfEach(about: string, scope: ExportScope): string {
  const all = { ...scope, cohort: { ...scope.cohort, buckets: ALL_BUCKETS } };
  const versions = asOf('Provenance', all, 'true', {
    columns: `v.id, v.valid_from, ${RECORDED}`,
    only: `v.id in (select about.provenance_id from (${about}) about)`,
  });
  return `
    select newest.id from (
      select distinct on (about.target_type, about.target_id) p.id
      from (${about}) about
      join (${versions}) p (id, valid_from, recorded) on p.id = about.provenance_id
      order by about.target_type, about.target_id, p.recorded desc nulls last, p.valid_from desc, p.id desc
    ) newest`;
}

/**
 * `recorded` of a version `v`, null when it is no instant. By arithmetic, for a cast would fail on a
 * date such as 30 February, and the whole part with it.
 */
const RECORDED = `(
  select timestamp '0001-01-01'
       + make_interval(years => i[1]::int - 1, months => i[2]::int - 1, days => i[3]::int - 1,
                       hours => i[4]::int, mins => i[5]::int, secs => i[6]::float8)
       - coalesce((i[7] || '1')::int, 1) * make_interval(hours => coalesce(i[8]::int, 0), mins => coalesce(i[9]::int, 0))
  from regexp_match(nullif(v.content, '')::json ->> 'recorded',
    '^(\\d{4})-(\\d\\d)-(\\d\\d)T(\\d\\d):(\\d\\d):(\\d\\d(?:\\.\\d{1,9})?)(?:Z|([+-])(\\d\\d):(\\d\\d))$') i)`;
