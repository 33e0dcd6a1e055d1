import { createHash } from 'node:crypto';

import type { EntityManager, QueryDeepPartialEntity, QueryRunner } from 'typeorm';

import { withRunner } from '../../database';
import { type ChangedJob, isAudited, recordChange } from './audited-states';
import { type Changes, isFromNow } from './changes';
import { IS_OVER } from './expiry';
import { type Guard, OPEN_PART_STATES, sqlStates, type StateEvent } from './job-states';
import { JobRow } from './job.entity';
import { PartRow } from './part.entity';
import { type Prepared, runPrepared } from './prepared';
import { DIFFERING } from './reconciliation.sql';

/** Whose row. Of a claim the fencing number counts, too, where the event is `ours`. */
export interface Claim {
  readonly id: string;
  readonly fence?: string | undefined;
}

const ROWS = { job: JobRow, part: PartRow } as const;

interface Rows {
  readonly job: JobRow;
  readonly part: PartRow;
}

/** Conditions of claims, which choose a row among many: see PartClaims and PlanClaims. */
type GuardOfClaims = 'due' | 'room' | 'not held';

/** Any event but a claim. */
type Event<Of extends keyof Rows> = Omit<StateEvent<Of>, 'guards'> & {
  readonly guards: readonly Exclude<Guard, GuardOfClaims>[];
};

const DELIVERABLE = `(exists (select from export.part p where p.job_id = job.id and p.failure is null)
  or exists (select from export.file f where f.job_id = job.id))`;

const CONDITIONS: Readonly<Record<Exclude<Guard, GuardOfClaims>, string>> = {
  ours: 'fence = :fence',
  'lease expired': 'lease_until < (select service.timer())',
  'job running': `exists (select from export.job j where j.id = part.job_id and j.state = 'running')`,
  'no parts': 'not exists (select from export.part p where p.job_id = job.id)',
  'parts ended': `not exists (select from export.part p
    where p.job_id = job.id and p.state in ${sqlStates(OPEN_PART_STATES)})`,
  deliverable: DELIVERABLE,
  'nothing deliverable': `not ${DELIVERABLE}`,
  'retention over': IS_OVER,
  'retention left': `not (${IS_OVER})`,
  'part failed': `exists (select from export.part p where p.job_id = job.id and p.state = 'failed')`,
  'cohort kept': '(swept_at is null or cohort_kept)',
  differing: DIFFERING,
  unpaged: 'pages = 0',
};

/** Rows that change at once: the next round takes the others. */
const BATCH = 1000;
const RETURNED = { job: 'id, app_id as "appId", group_id as "groupId", failure', part: 'id' };

/**
 * The compare-and-set of every event but claims: changes one row if it is in a state that the event starts
 * from, and every guard of the event holds. The end of an export is audited in the same transaction.
 *
 * @param manager of a transaction; without one the event is its own
 * @returns false when somebody else has changed the row, or taken it over: nothing has changed
 */
export async function transition<Of extends keyof Rows>(
  manager: EntityManager,
  event: Event<Of>,
  claim: Claim,
  changes: Changes<Rows[Of]> = {},
): Promise<boolean> {
  const { id, fence } = claim;
  const update = updateOf(manager, event, changes, { where: 'id = :id', id, fence });
  return (await run(manager, event, update)) > 0;
}

/** As transition, for all rows of which the guards hold; those that others hold are left to them. @returns how many */
export function transitionAll<Of extends keyof Rows>(
  manager: EntityManager,
  event: Event<Of>,
  changes: Changes<Rows[Of]> = {},
): Promise<number> {
  const where = `id in (select id from export.${event.of} where ${conditionsOf(event)}
    limit ${BATCH} for update skip locked)`;
  return run(manager, event, updateOf(manager, event, changes, { where }));
}

/** As transition, for all parts of a job. @returns how many */
export function transitionParts(
  manager: EntityManager,
  event: Event<'part'>,
  jobId: string,
  changes: Changes<PartRow> = {},
): Promise<number> {
  const claim = { where: 'job_id = :id', id: jobId };
  return run(manager, event, updateOf(manager, event, changes, claim));
}

type Update = Prepared & { readonly values: readonly unknown[] };

function updateOf<Of extends keyof Rows>(
  manager: EntityManager,
  event: Event<Of>,
  changes: Changes<Rows[Of]>,
  { where, ...claim }: { readonly where: string } & Partial<Claim>,
): Update {
  const parameters: Record<string, unknown> = { ...claim };
  const set = Object.entries(changes).map(([column, value]: [string, unknown]) => {
    if (!isFromNow(value)) return [column, value ?? null];
    parameters[column] = value.secondsFromNow;
    return [column, (): string => `service.timer() + make_interval(secs => :${column})`];
  });
  const [text, values] = manager
    .createQueryBuilder()
    .update<JobRow | PartRow>(ROWS[event.of])
    // What Changes allows is what TypeORM takes, but for its own type of partial rows.
    .set({ state: event.to, ...Object.fromEntries(set) } as QueryDeepPartialEntity<JobRow>)
    .where(`${where} and ${conditionsOf(event)}`)
    .setParameters(parameters)
    .returning(RETURNED[event.of])
    .getQueryAndParameters();
  const hash = createHash('sha1').update(text).digest('hex').slice(0, 8);
  return { name: `${event.of}-${event.name}-${hash}`, text, values: values as unknown[] };
}

/**
 * The conditions of a compare-and-set of several parts, each with the fencing number `fence` of its claim.
 *
 * @param fence of the row that is joined to `part`
 */
export function conditionsOfEach(event: Event<'part'>, fence: string): string {
  return conditionsOf(event, { state: 'part.state', ours: `part.fence = ${fence}` });
}

function conditionsOf(
  { from, guards }: Event<keyof Rows>,
  { state, ours } = { state: 'state', ours: CONDITIONS.ours },
): string {
  const conditions = guards.map((guard) => (guard === 'ours' ? ours : CONDITIONS[guard]));
  return [`${state} in ${sqlStates(from)}`, ...conditions].join(' and ');
}

/** @returns how many rows have changed */
async function run(
  manager: EntityManager,
  event: StateEvent<keyof Rows>,
  { values, ...statement }: Update,
): Promise<number> {
  const apply = async (runner: QueryRunner): Promise<number> => {
    const { rows } = await runPrepared(runner, statement, values);
    if (isAudited(event)) await recordChange(event, rows as readonly ChangedJob[], runner.manager);
    return rows.length;
  };
  if (manager.queryRunner) return apply(manager.queryRunner);
  if (!isAudited(event)) return withRunner(manager.dataSource, apply);
  return manager.transaction((own) => run(own, event, { values, ...statement }));
}
