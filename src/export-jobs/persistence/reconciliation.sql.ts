import type { Prepared } from './prepared';

/** Blocks hold all types together. */
const COUNTED_AS = `case p.kind when 'blocks' then '*' else p.type end`;

/** Of a part: its type, as its job counts them, does not hold what was counted. The part is `part`. */
export const DIFFERING = `exists (
  select from export.job j
  cross join lateral jsonb_each_text(j.expected) e
  cross join lateral (
    select coalesce(sum(p.resources), 0) as given, coalesce(sum(p.missing), 0) as told,
      coalesce(bool_or(p.failure is not null and p.missing is null), false) as is_vague
    from export.part p
    where p.job_id = j.id and p.kind <> 'deleted' and ${COUNTED_AS} = e.key) c
  where j.id = part.job_id and part.kind <> 'deleted'
    and e.key = case part.kind when 'blocks' then '*' else part.type end
    and case when c.is_vague then c.given + c.told > e.value::bigint
          else c.given + c.told <> e.value::bigint end)`;

/** By type, what was counted, what files hold, and what error files tell of; null where they cannot say. `$1` the job. */
export const RECONCILED = `
  select e.key as type, e.value::bigint as expected, coalesce(sum(p.resources), 0) as given,
    case when bool_or(p.failure is not null and p.missing is null) then null
      else coalesce(sum(p.missing), 0) end as told
  from export.job j
  cross join lateral jsonb_each_text(j.expected) e
  left join export.part p
    on p.job_id = j.id and p.kind <> 'deleted' and ${COUNTED_AS} = e.key
  where j.id = $1
  group by e.key, e.value order by e.key`;

/** An export is read again once; one whose files were told of already is not. `$1` the job. */
export const MARK_READ_AGAIN: Prepared = {
  name: 'mark-read-again',
  text: `update export.job set read_again = true
    where id = $1 and not read_again and pages = 0 and expected is not null
    returning id`,
};

/** The bytes are removed by the sweeper. `$1` the job. */
export const FORGET_FILES = `
  delete from export.file f using export.part p
  where p.id = f.part_id and p.job_id = $1 and p.state = 'pending'`;
