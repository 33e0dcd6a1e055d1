import { validAt } from '../../clinical-data';

/** SQL about rosters. `$1` is the group, `$2` an instant, unless it says otherwise. */
const AT = '$2::timestamptz';

/** Entries that count: of the instant, active, within their period. @param only a further condition on `e` */
export function entriesThatCount(only?: string): string {
  return `
    select e.system, e.value from groups.roster_entry e
    where e.group_id = $1 and e.added_at <= ${AT} and e.removed_at > ${AT} and not e.inactive
      and coalesce(e.period_start <= ${AT}, true) and coalesce(e.period_end >= ${AT}, true)${
        only === undefined ? '' : ` and (${only})`
      }`;
}

/**
 * For entries, `system` and `value`: how many patients each stands for, `found`, and the first of them. One by id,
 * or those who have the identifier and were not replaced by another; nobody outside of the population. That is
 * found once, and joined to who was found: looked through for each entry, it took longer than any statement may.
 *
 * @param population SQL of `patient_id`; undefined: everyone
 */
export function patientsFound(entries: string, population: string | undefined): string {
  const allowed = population ?? 'select id from candidate';
  return `
    with entry as materialized (${entries}),
    candidate as materialized (
      select e.system, e.value, p.id
      from entry e cross join lateral (
        select v.id from clinical.version v
        where e.system = '' and v.type = 'Patient' and v.id = e.value
          and not v.deleted and ${validAt('v', AT)}
        union all
        select v.id from clinical.version v
        where e.system <> '' and v.type = 'Patient'
          and clinical.identifier_hashes(v.content)
              @> array[clinical.identifier_hash(e.system || '|' || e.value)]
          and not v.deleted and ${validAt('v', AT)}
          and clinical.is_identified_by(v.content, e.system, e.value)
      ) p),
    allowed (id) as materialized (${allowed})
    select e.system, e.value, count(distinct c.id)::int as found, min(c.id) as patient_id
    from entry e
    left join (select c.* from candidate c where c.id in (select a.id from allowed a)) c
      on c.system = e.system and c.value = e.value
    group by e.system, e.value`;
}

/** Entries that may stand for one of some patients. @param among SQL of their ids */
export function concerns(among: string): string {
  return `case when e.system = '' then e.value in (${among})
      else (e.system, e.value) in (
        select i ->> 'system', i ->> 'value'
        from clinical.version v
        cross join lateral jsonb_path_query(fhir_search.json_of(v.content), 'lax $.identifier[*]') i
        where v.type = 'Patient' and v.id in (${among}) and not v.deleted and ${validAt('v', AT)})
      end`;
}

/** The members. */
export function membersOf(found: string): string {
  return `select distinct patient_id from (${found}) f where f.found = 1`;
}

/** Counts of the entries that count. */
export function tallyOf(found: string): string {
  return `
    select count(distinct patient_id) filter (where found = 1) as members,
           count(*) filter (where found = 0) as unknown,
           count(*) filter (where found > 1) as ambiguous
    from (${found}) f`;
}

/** A page of all entries of the instant. `$3` is the last of the page before, `system value`; `$4` how many. */
export const ENTRY_PAGE = `
  select e.* from groups.roster_entry e
  where e.group_id = $1 and e.added_at <= ${AT} and e.removed_at > ${AT}
    and (e.system, e.value) > (split_part($3, ' ', 1), substr($3, strpos($3, ' ') + 1))
  order by e.system, e.value
  limit $4`;

/** Entries on their way in, in a temporary table of the session; they are not logged. */
export const CREATE_INCOMING = `
  create temporary table incoming_entry (
    system text collate "C", value text collate "C", inactive boolean not null,
    period_start timestamptz, period_end timestamptz, primary key (system, value))`;
export const INSERT_INCOMING = `
  insert into pg_temp.incoming_entry
  select * from unnest($1::text[], $2::text[], $3::boolean[], $4::timestamptz[], $5::timestamptz[])
  on conflict do nothing`;
export const ANALYZE_INCOMING = 'analyze pg_temp.incoming_entry';
export const DROP_INCOMING = 'drop table pg_temp.incoming_entry';

/** Ends what has other terms now. */
export const END_OTHER_TERMS = `
  update groups.roster_entry e set removed_at = ${AT}
  from pg_temp.incoming_entry i
  where e.group_id = $1 and e.system = i.system and e.value = i.value and e.removed_at = 'infinity'
    and (e.inactive, e.period_start, e.period_end)
        is distinct from (i.inactive, i.period_start, i.period_end)`;

export const BEGIN = `
  insert into groups.roster_entry (group_id, system, value, added_at, inactive, period_start, period_end)
  select $1, i.system, i.value, ${AT}, i.inactive, i.period_start, i.period_end
  from pg_temp.incoming_entry i
  where not exists (select from groups.roster_entry e
                    where e.group_id = $1 and e.system = i.system and e.value = i.value
                      and e.removed_at = 'infinity')`;

export const END = `
  update groups.roster_entry e set removed_at = ${AT}
  from pg_temp.incoming_entry i
  where e.group_id = $1 and e.system = i.system and e.value = i.value and e.removed_at = 'infinity'`;

/** Ends what is not among those that have come. */
export const END_OTHERS = `
  update groups.roster_entry e set removed_at = ${AT}
  where e.group_id = $1 and e.removed_at = 'infinity'
    and not exists (select from pg_temp.incoming_entry i
                    where i.system = e.system and i.value = e.value)`;

/** Of a group that is deleted. */
export const END_ALL = `
  update groups.roster_entry set removed_at = ${AT} where group_id = $1 and removed_at = 'infinity'`;

export const COUNT = `
  select count(*)::int as count from groups.roster_entry where group_id = $1 and removed_at = 'infinity'`;

/** One change of an app’s groups at a time, so that two do not both find the last free place. `$1` the app. */
export const LOCK_KEEPER = `select pg_advisory_xact_lock(4837127, hashtext($1))`;
