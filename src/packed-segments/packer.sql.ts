/** What has rested for `$2` seconds at least, and not later than `$1`; in microseconds, as the store has times. */
export const SETTLED = `
  select to_char(least($1::timestamptz, clock_timestamp() - make_interval(secs => $2))
                   at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as instant`;

/** True while packing has to give way. */
export const EXPORTS_RUN = `
  select exists (select from export.job where state in ('accepted', 'planning', 'running')) as busy`;
