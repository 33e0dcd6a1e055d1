/** Never back, and by the clock that is behind: what is given up is gone for good. */
export const RAISE = `
  update clinical.store_clock
  set trimmed = greatest(trimmed, least(
        least(service.now(), service.timer()) - make_interval(days => $1), $2::timestamptz))
  returning trimmed::text`;

export const HAS_HISTORY = `
  select coalesce(min(i.instant) >= (select trimmed from clinical.store_clock), true) as there
  from unnest($1::timestamptz[]) i (instant)`;
