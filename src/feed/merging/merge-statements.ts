/** The statements that merge one type; `$1` is the type, `$2` the write's instant where it is used. */

/**
 * A time that data brings along is kept when it had passed before this transaction began: triggers tell
 * what arrives late from what is new by the same rule.
 */
const BEFORE_THIS = `least($2::timestamptz, now() - interval '1 millisecond')`;

/** The number in the `meta.versionId` of a text, null when it is none. */
export function givenNumber(content: string): string {
  return numberIn(`(${content}::json -> 'meta')`);
}

function numberIn(meta: string): string {
  return `substring((${meta} -> 'versionId')::text from '^"([1-9]\\d{0,18})"$')::numeric`;
}

/** `k` is staged, `m` the meta of what is stored. By meta.lastUpdated, then by meta.versionId. */
const VERDICT = `
  case when k.is_exact
              or (k.is_same and k.given_updated = m.updated and k.given_version is not distinct from nullif(m.version, greatest(m.version, 2::numeric ^ 62)))
         then 'unchanged'
       when k.latest and k.is_stored and (k.given_updated is null or k.given_updated > m.updated
              or (k.given_updated = m.updated and (k.given_version > m.version) is not false))
         then 'changed'
       when k.latest and not k.is_stored
              and (k.given_updated is null or k.deleted_at is null or k.given_updated > k.deleted_at)
         then 'new'
       when k.is_stored and (k.given_updated, k.given_version) = (m.updated, m.version) then 'conflict'
       when exists (
              select from clinical.resource_history h
              where h.type = $1 and h.id = k.id and h.content = (
                select s.content from staged s where s.ctid = k.row_id))
         then 'known'
       when $3 then 'past'
       else 'late' end`;

/**
 * What is to become of each staged version, and with which version number and time. `$3` says whether the
 * past may be filled: then versions hold from their own time, else from this store's (ADR 0031).
 *
 * `past` and `late` versions join the history: the former held once, the latter never did in this store.
 * `known` ones are in it already.
 * `meta` is that of the stored text, read only where it decides. The store may have given a version the
 * number that another one brings along, so `is_exact` looks for the number in the text, too.
 */
export const DECIDE = `
  insert into decision
  with gone as (
    select h.id, max(h.version) as version, max(h.last_updated) as last_updated,
           max(h.last_updated) filter (where h.deleted and h.superseded_at = 'infinity') as deleted_at
    from staged_key k
    join clinical.resource_history h on h.type = $1 and h.id = k.id
    where k.type = $1 and not k.is_unchanged
    group by h.id
  ), known as (
    select k.*, r.id is not null as is_stored, r.version as stored_version,
           r.content_digest = k.digest as is_same, e.is_exact, g.deleted_at, g.version as gone_version,
           coalesce(r.last_updated, g.last_updated) as stored_updated,
           case when k.given_updated is not null and not e.is_exact then r.content::json -> 'meta' end as meta
    from staged_key k
    left join clinical.resource r on r.type = $1 and r.id = k.id
    left join gone g on g.id = k.id
    cross join lateral (
      select case when r.content_digest = k.digest and k.given_updated is null then true
                  when r.content_digest = k.digest
                       and (r.last_updated, r.version) = (k.given_updated, k.given_version)
                  then split_part(r.content, '"versionId"', 2) like ':"' || k.given_version || '"%'
                       and split_part(r.content, '"versionId"', 3) = ''
                  else false end as is_exact
    ) e
    where k.type = $1 and not k.is_unchanged
  )
  select k.row_id, k.seq, k.id, k.patient_id, k.other_patients, k.links, k.targets, k.digest, v.verdict,
         k.stored_version, k.stored_updated,
         case when v.verdict in ('new', 'changed')
              then greatest(k.given_version, greatest(k.stored_version, k.gone_version) + 1, 1)
              else k.given_version end,
         case when $3 and t.own < ${BEFORE_THIS} then t.own else $2::timestamptz end
  from known k
  cross join lateral (
    select coalesce(lower(fhir_search.time(trim('"' from (k.meta -> 'lastUpdated')::text))) at time zone 'UTC',
                    k.stored_updated) as updated,
           ${numberIn('k.meta')} as version
  ) m
  cross join lateral (select ${VERDICT} as verdict) v
  cross join lateral (
    select case when k.given_updated is not null and v.verdict in ('new', 'changed')
                then greatest(k.given_updated, k.stored_updated)
                else k.given_updated end as own
  ) t`;

/** True when a version would not be later than the one that it supersedes. */
export const IS_TOO_EARLY = `
  select exists (
    select from decision
    where verdict in ('new', 'changed') and old_updated >= last_updated and last_updated = $1::timestamptz
  ) as too_early`;

const STAMPED = `
  case when s.front is null then s.content else
    replace(replace(s.front, E'\\u0001', d.version::text), E'\\u0002',
            to_char(d.last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    || s.content end`;

/** Texts are fetched one by one, by their place: hashing would read all of staging for each type. */
export const FETCH_BY_PLACE = [
  'set local enable_hashjoin = off',
  'set local enable_mergejoin = off',
];
export const FETCH_AS_PLANNED = [
  'set local enable_hashjoin = on',
  'set local enable_mergejoin = on',
];

/**
 * A patient's rows lie together: an export of few patients then reads few pages. Only the decisions
 * are sorted; the texts are fetched in that order by their place in staging, which needs a nested
 * loop: see `FETCH_BY_PLACE`.
 */
export const INSERT_NEW = `
  insert into clinical.resource
    (last_updated, version, type, id, patient_id, content_digest, content)
  select d.last_updated, d.version, $1, d.id, d.patient_id, d.digest, ${STAMPED}
  from decision d
  join staged s on s.ctid = d.row_id
  where d.verdict = 'new'
  order by d.patient_id nulls first`;

/** Statements that only a type with changed rows, or rows that come back after a deletion, needs. */
export const SUPERSEDE = [
  `insert into clinical.resource_history
     (last_updated, superseded_at, version, deleted, type, id, patient_id, content)
   select r.last_updated, d.last_updated, r.version, false, r.type, r.id, r.patient_id, r.content
   from decision d
   join clinical.resource r on r.type = $1 and r.id = d.id
   where d.verdict = 'changed'`,
  `update clinical.resource_history h
   set superseded_at = d.last_updated
   from decision d
   where h.type = $1 and h.id = d.id and h.deleted and h.superseded_at > d.last_updated
     and d.verdict = 'new'`,
  `update clinical.compartment c
   set valid_to = d.last_updated
   from decision d
   where c.type = $1 and c.id = d.id and c.valid_to > d.last_updated and d.verdict in ('new', 'changed')`,
  `delete from clinical.resource_link l
   using decision d
   where l.source_type = $1 and l.source_id = d.id and d.verdict = 'changed'
     and (d.patient_id is not null
          or l.target_type || '/' || l.target_id <> all (string_to_array(coalesce(d.links, ''), ' ')))`,
];

/** Compare and set: rows that someone else has written meanwhile are missing from the row count. */
export const UPDATE_CHANGED = `
  update clinical.resource r
  set last_updated = d.last_updated, version = d.version, patient_id = d.patient_id,
      content_digest = d.digest, content = ${STAMPED}
  from decision d
  join staged s on s.ctid = d.row_id
  where r.type = $1 and r.id = d.id and r.version = d.old_version and d.verdict = 'changed'`;

/** Versions of the same instant follow each other: the earlier one held for no time at all. */
const TAKE_OVER_EMPTY =
  "on conflict (type, id, patient_id, valid_from) do update set valid_to = 'infinity'";

/** The patients beyond the first. */
export const INSERT_COMPARTMENTS = `
  insert into clinical.compartment (type, id, patient_id, valid_from)
  select $1, d.id, other, d.last_updated
  from decision d
  cross join lateral string_to_table(d.other_patients, ' ') as other
  where d.verdict in ('new', 'changed') and d.other_patients is not null
  ${TAKE_OVER_EMPTY}`;

/** What Provenances are about. */
export const RENEW_TARGETS = [
  `update clinical.provenance_target p
   set valid_to = d.last_updated
   from decision d
   where p.provenance_id = d.id and p.valid_to > d.last_updated and d.verdict in ('new', 'changed')`,
  `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
   select d.id, split_part(target, '/', 1), split_part(target, '/', 2), d.last_updated
   from decision d
   cross join lateral string_to_table(d.targets, ' ') as target
   where d.verdict in ('new', 'changed') and d.targets is not null
   ${TAKE_OVER_EMPTY.replace('type, id, patient_id', 'provenance_id, target_type, target_id')}`,
];
