/** The watermark of each feed at an instant of the store: that of its last batch. `$1` names, `$2` the instant. */
export const WATERMARK_AT = `
  select b.up_to
  from unnest($1::text[]) as named (name)
  left join lateral (
    select up_to from feed.batch
    where feed = named.name and instant <= $2
    order by instant desc, sequence desc limit 1
  ) b on true`;
