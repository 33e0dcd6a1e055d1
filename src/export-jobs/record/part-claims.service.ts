import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { withRunner } from '../../database';
import { NOW } from './changes';
import type { ClaimedPart } from './job-record';
import { PART_EVENTS } from './job-states';
import { PartRow } from './part.entity';
import { type Prepared, runPrepared } from './prepared';
import { transitionAll } from './transition';

/** Hands parts out to workers, one after the other, in turns that are fair to all apps and jobs. */
@Injectable()
export class PartClaims {
  constructor(@InjectRepository(PartRow) private readonly parts: Repository<PartRow>) {}

  /**
   * Takes the part whose turn it is: of the app that has the smallest share of the running parts for
   * its weight, then of the app that has been given the fewest bytes for its weight, then of the job
   * with the fewest running parts, then of the one that has waited longest for a turn; the largest part
   * first. Nobody starves: what was given counts, and newcomers line up behind.
   *
   * @param lease in seconds
   * @param full apps that hold all that they may of the caller: nothing of theirs is taken
   * @returns undefined when there is nothing to do, or others are just taking the rest
   */
  async claimNext(lease: number, full: readonly string[] = []): Promise<ClaimedPart | undefined> {
    const { rows } = await withRunner(this.parts.manager.dataSource, (runner) =>
      runPrepared(runner, CLAIM_NEXT, [lease, full]),
    );
    const [part] = rows as readonly ClaimRow[];
    return part && { ...part, cohortShare: part.cohortShare ?? undefined };
  }

  /** Frees the parts whose workers have been silent beyond their lease. @returns how many */
  lapse(): Promise<number> {
    const changes = { leaseUntil: null, writtenBytes: 0, notBefore: NOW };
    return transitionAll(this.parts.manager, PART_EVENTS.lapse, changes);
  }

  /** Parts that could be worked on now, counted up to `limit`. */
  async due(limit: number): Promise<number> {
    const [row] = await this.parts.query<{ due: number }[]>(
      `select count(*)::int as due from (
         select from export.job j join export.part p on p.job_id = j.id
         where j.state = 'running' and ${DUE} limit $1) parts`,
      [limit],
    );
    return row?.due ?? 0;
  }
}

type ClaimRow = Omit<ClaimedPart, 'cohortShare'> & { readonly cohortShare: number | null };

const DUE = `p.state = 'pending' and p.not_before <= (select service.timer())`;

/**
 * export.turn is a clock per app, as in start-time fair queueing: `taken` is the bytes of all parts
 * given to the app over its weight, `started` where that stood before the last one. An app that comes
 * back from idleness starts where the others are now, without a claim on what it did not use.
 *
 * The lateral join is entered in the order of `ranked` and left at the first part that can be locked.
 */
const CLAIM_NEXT: Prepared = {
  name: 'claim-next-part',
  text: `
  with busy as materialized (
    select j.id, j.app_id, coalesce(a.weight, 1) as weight,
           (select count(*) from export.part p
            where p.job_id = j.id and p.state = 'running') as parts,
           (select max(p.turn_at) from export.part p where p.job_id = j.id) as turn_at
    from export.job j left join auth.app a on a.id = j.app_id
    where j.state = 'running'
  ), share as materialized (
    select b.app_id, b.weight, sum(b.parts) / b.weight as running,
           greatest(max(t.taken), (select max(started) from export.turn), 0) as started
    from busy b left join export.turn t on t.app_id = b.app_id
    group by b.app_id, b.weight
  ), next as materialized (
    select due.id, due.cost / ranked.weight as cost, ranked.app_id, ranked.started
    from (select b.id, s.app_id, s.weight, s.started
          from busy b join share s on s.app_id = b.app_id
          where b.app_id <> all ($2::text[])
          order by s.running, s.started, b.parts, b.turn_at, b.id) ranked
    cross join lateral (
      select p.id, p.estimated_bytes::float8 as cost from export.part p
      where p.job_id = ranked.id and ${DUE}
      order by p.estimated_bytes desc, p.id limit 1 for update skip locked) due
    limit 1
  ), charged as (
    insert into export.turn as t (app_id, started, taken)
    select app_id, started, started + cost from next
    on conflict (app_id) do update
      set started = greatest(t.taken, excluded.started),
          taken = greatest(t.taken, excluded.started) + excluded.taken - excluded.started
  )
  update export.part p
  set state = 'running', fence = p.fence + 1, attempts = p.attempts + 1,
      written_bytes = 0, turn_at = service.timer(), lease_until = service.timer() + make_interval(secs => $1)
  from next, export.job j
  where p.id = next.id and j.id = p.job_id
  returning p.id, p.job_id as "jobId", j.app_id as "appId", j.level, p.kind, p.type, p.fence, p.attempts,
            p.slot_from as "slotFrom", p.slot_to as "slotTo", j.parameters, j.cohort_share as "cohortShare",
            to_char(j.transaction_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "transactionTime"`,
};
