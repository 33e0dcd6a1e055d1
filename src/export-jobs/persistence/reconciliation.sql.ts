import type { Prepared } from './prepared';

/** As what a part is counted: blocks hold all types together. */
const countedAs = (part: string): string =>
  `case ${part}.kind when 'blocks' then '*' else ${part}.type end`;

/**
 * By type of a job: what was counted, what files hold, what error files tell of (null where they cannot say
 * how much), and whether these differ.
 */
const countsOf = (job: string): string => `
  select e.key as type, e.value::bigint as expected, c.given,
    case when not c.is_vague then c.told end as told,
    case when c.is_vague then c.given + c.told > e.value::bigint
      else c.given + c.told <> e.value::bigint end as differs
  from export.job j
  cross join lateral jsonb_each_text(j.expected) e
  cross join lateral (
    select coalesce(sum(p.resources), 0) as given, coalesce(sum(p.missing), 0) as told,
      coalesce(bool_or(p.failure is not null and p.missing is null), false) as is_vague
    from export.part p
    where p.job_id = j.id and p.kind <> 'deleted' and ${countedAs('p')} = e.key) c
  where j.id = ${job}`;

/** Of a part: its type, as its job counts them, does not hold what was counted. The part is `part`. */
export const DIFFERING = `part.kind <> 'deleted' and exists (
  select from (${countsOf('part.job_id')}) c where c.differs and c.type = ${countedAs('part')})`;

/** `$1` the job. */
export const RECONCILED = `${countsOf('$1')} order by type`;

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
