import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { JOB_EVENTS, type JobState, type PartState, sqlStates } from './job-states';

const BATCH = 20;

/** A job that has ended, and whose storage is to be gone over. */
export interface EndedJob {
  readonly id: string;
  readonly state: JobState;
}

/** A part as the sweeper sees it. */
export interface SweptPart {
  readonly id: string;
  readonly fence: number;
  readonly state: PartState;
  readonly files: readonly string[];
}

/** The records as the sweeper needs them. Every step may run twice. */
@Injectable()
export class SweepRecords {
  constructor(private readonly dataSource: DataSource) {}

  /** Withdraws the exports whose time is over. @returns how many */
  async expire(): Promise<number> {
    const [, expired] = await this.dataSource.query<[unknown, number]>(
      `update export.job set state = '${JOB_EVENTS.expire.to}', swept_at = null
       where expires_at <= (select service.timer()) and state in ${sqlStates(JOB_EVENTS.expire.from)}`,
    );
    return expired;
  }

  /** Jobs that ended at least `seconds` ago and were not swept since. */
  ended(seconds: number): Promise<EndedJob[]> {
    return this.dataSource.query<EndedJob[]>(
      `select id, state from export.job
       where swept_at is null and finished_at is not null and finished_at <= (select service.timer()) - make_interval(secs => $1)
       order by finished_at limit $2`,
      [seconds, BATCH],
    );
  }

  /** Running jobs with parts that were tried more than once: dead workers may have left files. */
  async disturbed(): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select j.id from export.job j
       where j.state = '${JOB_EVENTS.plan.to}'
         and exists (select from export.part p where p.job_id = j.id and p.fence > 1)`,
    );
    return rows.map(({ id }) => id);
  }

  /** All parts with their files, as of one instant. */
  parts(jobId: string): Promise<SweptPart[]> {
    return this.dataSource.query<SweptPart[]>(
      `select p.id, p.fence::float8 as fence, p.state,
              coalesce(f.files, '{}') as files
       from export.part p
       left join (select part_id, array_agg(storage_key) as files from export.file
                  where job_id = $1 group by part_id) f on f.part_id = p.id
       where p.job_id = $1`,
      [jobId],
    );
  }

  /** Those of the ids that are no job's, or that of one whose files were all removed. */
  async withoutFiles(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select u.id from unnest($1::uuid[]) as u (id)
       where not exists (select from export.job j
                         where j.id = u.id and (j.swept_at is null or j.state = '${JOB_EVENTS.complete.to}'))`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  /** The job's own row stays, as the record that it was, with its parts; its cohort goes. */
  async forget({ id, state }: EndedJob): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.query('delete from export.cohort_member where job_id = $1', [id]);
      await manager.query('delete from export.departed_member where job_id = $1', [id]);
      await manager.query('delete from export.cohort_group where job_id = $1', [id]);
      if (state !== JOB_EVENTS.complete.to) {
        await manager.query('delete from export.file where job_id = $1', [id]);
      }
      await manager.query(
        'update export.job set swept_at = service.timer() where id = $1 and state = $2',
        [id, state],
      );
    });
  }
}
