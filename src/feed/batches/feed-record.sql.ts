/** Statements about feeds on the writer's session, in the transaction of the batch. */

/** `$1` the feed. */
export const POSITION = 'select position from feed.feed where name = $1';

/** What was taken in under a number. `$1` the feed, `$2` the number. */
export const TAKEN = `
  select digest, up_to, counts, deleted, rejected
  from feed.batch where feed = $1 and sequence = $2`;

/** A watermark never goes back: what is contained stays contained. */
export const ADVANCE = `
  insert into feed.feed as f (name, position, up_to, cursor, last_batch_at)
  values ($1, $2, $3, $4, $5)
  on conflict (name) do update
    set position = excluded.position, up_to = greatest(f.up_to, excluded.up_to),
        cursor = coalesce(excluded.cursor, f.cursor), last_batch_at = excluded.last_batch_at
    where f.position = excluded.position - 1
  returning up_to`;

export const RECORD_BATCH = `
  insert into feed.batch (feed, sequence, digest, bytes, up_to, instant, counts, deleted, rejected)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

export const RECORD_REJECTED = `
  insert into feed.rejected_line (feed, sequence, ordinal, line, reason, reference)
  select $1, $2, r.ordinal, r.line, r.reason, r.reference
  from unnest($3::bigint[], $4::text[], $5::text[]) with ordinality as r (line, reason, reference, ordinal)`;

/**
 * A batch is not sent again after so many others. Small ones come by the dozen in a second, and an export
 * asks for the watermark of an instant that is a while ago: those of the last hour stay. `$3` the instant.
 */
export const FORGET_OLD = `
  delete from feed.batch
  where feed = $1 and sequence <= $2 - 10000 and instant < $3::timestamptz - interval '1 hour'`;

/** Forgetting looks at all that stay. */
export const FORGET_EVERY = 100n;
