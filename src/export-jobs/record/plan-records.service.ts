import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { Clock } from '../../common';
import { SLOTS } from '../../extractors';
import type { PlannedPart } from '../work/cut-parts';
import { type ExportParameters, type ExportTarget, toTarget } from './job-record';
import { jobStatesBefore } from './job-states';

/** A job that this process has claimed for planning. */
export interface ClaimedJob {
  readonly id: string;
  readonly target: ExportTarget;
  readonly parameters: ExportParameters;
  readonly fence: string;
  readonly attempts: number;
}

/** A query and its parameters; the first parameter here is $1. */
export interface Query {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

export interface Plan {
  readonly transactionTime: string;
  /** Yields `patient_id`, each member once. */
  readonly cohort: Query;
  /** Yields `last_updated` and `content` of the Group resource; undefined when no group is exported. */
  readonly group: Query | undefined;
  /** Cuts the export, given the number of members; not asked when there is none. */
  readonly cut: (members: number) => Promise<readonly PlannedPart[]>;
}

/** Claims jobs for planning and commits plans: all of a plan, or nothing of it. */
@Injectable()
export class PlanRecords {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @param lease in seconds. @returns undefined when the job is planned, gone, or somebody's */
  async claim(id: string, lease: number): Promise<ClaimedJob | undefined> {
    const [rows] = await this.dataSource.query<[ClaimRow[], number]>(
      `update export.job
       set state = 'planning', fence = fence + 1, attempts = attempts + 1,
           lease_until = now() + make_interval(secs => $2)
       where id = $1
         and (state = 'accepted' and (lease_until is null or lease_until <= now())
              or state = 'planning' and lease_until < now())
       returning id, level, group_id, parameters, fence, attempts`,
      [id, lease],
    );
    const [row] = rows;
    return (
      row && {
        id: row.id,
        target: toTarget(row),
        parameters: row.parameters,
        fence: row.fence,
        attempts: row.attempts,
      }
    );
  }

  /**
   * Freezes the cohort and stores the parts. A job without members is complete at once, with no
   * files: an empty group exports nothing (GR-08).
   *
   * @returns ids of the parts, or undefined when the job was overtaken or cancelled
   */
  commit(job: ClaimedJob, plan: Plan, retention: number): Promise<readonly string[] | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const [mine] = await manager.query<unknown[]>(
        `select from export.job where id = $1 and state = 'planning' and fence = $2 for update`,
        [job.id, job.fence],
      );
      if (!mine) return undefined;
      const members = await this.freezeCohort(manager, job.id, plan.cohort);
      if (plan.group) await this.freezeGroup(manager, job.id, plan.group);
      if (members === 0) {
        await this.completeEmpty(manager, job.id, plan, retention);
        return [];
      }
      const ids = await this.insertParts(manager, job.id, await plan.cut(members));
      await manager.query(
        `update export.job set state = 'running', transaction_time = $2, planned_at = $3, lease_until = null
         where id = $1`,
        [job.id, plan.transactionTime, this.clock.now()],
      );
      return ids;
    });
  }

  /** Tries again `delay` seconds from now. */
  async retryLater(job: ClaimedJob, delay: number): Promise<void> {
    await this.dataSource.query(
      `update export.job set state = 'accepted', lease_until = now() + make_interval(secs => $3)
       where id = $1 and fence = $2 and state = 'planning'`,
      [job.id, job.fence, delay],
    );
  }

  async fail(job: ClaimedJob, failure: OutcomeIssue, retention: number): Promise<void> {
    const now = this.clock.now();
    await this.dataSource.query(
      `update export.job
       set state = 'failed', failure = $3, finished_at = $4, expires_at = $5, lease_until = null
       where id = $1 and fence = $2 and state = any($6)`,
      [
        job.id,
        job.fence,
        JSON.stringify(failure),
        now,
        new Date(now.getTime() + retention * 1000),
        jobStatesBefore('failed'),
      ],
    );
  }

  private async freezeCohort(
    manager: EntityManager,
    jobId: string,
    { sql, parameters }: Query,
  ): Promise<number> {
    // Slots follow the order of patients, as the store's rows do: a part reads neighbours.
    const [row] = await manager.query<{ members: string }[]>(
      `with inserted as (
         insert into export.cohort_member (job_id, patient_id, slot)
         select $${parameters.length + 1}::uuid, c.patient_id,
                ((row_number() over (order by c.patient_id collate "C") - 1) * ${SLOTS} / count(*) over ())::int
         from (${sql}) c
         returning 1)
       select count(*) as members from inserted`,
      [...parameters, jobId],
    );
    return Number(row?.members ?? 0);
  }

  private async freezeGroup(
    manager: EntityManager,
    jobId: string,
    { sql, parameters }: Query,
  ): Promise<void> {
    const job = `$${parameters.length + 1}::uuid`;
    await manager.query(
      `insert into export.cohort_group (job_id, id, last_updated, content)
       select ${job}, j.group_id, g.last_updated, g.content
       from (${sql}) g join export.job j on j.id = ${job}`,
      [...parameters, jobId],
    );
  }

  private async completeEmpty(
    manager: EntityManager,
    jobId: string,
    plan: Plan,
    retention: number,
  ): Promise<void> {
    const now = this.clock.now();
    await manager.query(
      `update export.job set state = 'completed', progress = 100, transaction_time = $2,
              planned_at = $3, finished_at = $3, expires_at = $4, lease_until = null
       where id = $1`,
      [jobId, plan.transactionTime, now, new Date(now.getTime() + retention * 1000)],
    );
  }

  private async insertParts(
    manager: EntityManager,
    jobId: string,
    parts: readonly PlannedPart[],
  ): Promise<readonly string[]> {
    const ids = parts.map(() => randomUUID());
    await manager.query(
      `insert into export.part (id, job_id, type, slot_from, slot_to, estimated_bytes, not_before)
       select id, $1, type, slot_from, slot_to, bytes, now()
       from unnest($2::uuid[], $3::text[], $4::int[], $5::int[], $6::bigint[])
         as p (id, type, slot_from, slot_to, bytes)`,
      [
        jobId,
        ids,
        parts.map((part) => part.type),
        parts.map((part) => part.slots.from),
        parts.map((part) => part.slots.to),
        parts.map((part) => part.estimatedBytes),
      ],
    );
    return ids;
  }
}

interface ClaimRow {
  readonly id: string;
  readonly level: string;
  readonly group_id: string | null;
  readonly parameters: ExportParameters;
  readonly fence: string;
  readonly attempts: number;
}
