import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import type { DataSource } from 'typeorm';

import { AuditEventRow, AuditLog } from '../../src/audit';
import { FhirError } from '../../src/common';
import { ExportOperations } from '../../src/export-jobs/operation/export-operations.service';
import { FileRow } from '../../src/export-jobs/persistence/file.entity';
import type { ClaimedPart } from '../../src/export-jobs/persistence/job-record';
import { JobRecords } from '../../src/export-jobs/persistence/job-records.service';
import {
  ACTIVE_JOB_STATES,
  JOB_EVENTS,
  type JobState,
  OPEN_PART_STATES,
  PART_EVENTS,
  type PartState,
} from '../../src/export-jobs/persistence/job-states';
import { JobRow } from '../../src/export-jobs/persistence/job.entity';
import { PartClaims } from '../../src/export-jobs/persistence/part-claims.service';
import {
  PartRecords,
  type PartResult,
} from '../../src/export-jobs/persistence/part-records.service';
import { PartRow } from '../../src/export-jobs/persistence/part.entity';
import { type ClaimedJob, PlanClaims } from '../../src/export-jobs/persistence/plan-claims.service';
import { type Plan, PlanRecords } from '../../src/export-jobs/persistence/plan-records.service';
import {
  type EndedJob,
  SweepRecords,
} from '../../src/export-jobs/persistence/sweep-records.service';
import { attemptPrefix } from '../../src/export-jobs/storage-keys';
import { orphanedKeys } from '../../src/export-jobs/worker/orphaned-keys';
import { TestTime } from './clock';

/** Parts of each planned job. */
export const PARTS = 3;
/** Longer than the time that passes here: a lease ends only when the model says so. */
export const LEASE = 1e9;
const RETENTION = 3600;
const JOBS = 2;
const LIMITS = { running: JOBS, runningPerApp: JOBS };
const BROKEN = { severity: 'error', code: 'processing', diagnostics: 'broken' } as const;

interface ModelPart {
  state: PartState;
  fence: number;
  /** Keys of the files of the attempt that was committed. */
  files: readonly string[];
}

interface ModelJob {
  readonly id: string;
  state: JobState;
  fence: number;
  held: boolean;
  /** The sweeper has been there, and has left the cohort, or not. */
  swept: 'no' | 'cohort kept' | 'cohort gone';
  parts: Map<string, ModelPart>;
}

/** What can happen to jobs and parts; which of them, and how, two numbers say. */
export const STEPS = [
  'kickOff',
  'claimJob',
  'heartbeatJob',
  'giveJobBack',
  'plan',
  'failPlanning',
  'lapseJobs',
  'claimPart',
  'heartbeatPart',
  'givePartBack',
  'commit',
  'failPart',
  'lapseParts',
  'cancel',
  'expire',
  'withdraw',
  'retry',
  'hold',
  'sweep',
  'poll',
] as const;

export interface Step {
  readonly event: (typeof STEPS)[number];
  readonly which: number;
  readonly detail: number;
}

/**
 * The real records beside a model of them, which moves by the tables of job-states.ts alone: that the
 * statements do what is written down is what `take` and `check` find out.
 */
export class ModelledJobs {
  readonly partClaims: PartClaims;
  private readonly time = new TestTime();
  private readonly jobRecords: JobRecords;
  private readonly operations: ExportOperations;
  private readonly planClaims: PlanClaims;
  private readonly planRecords: PlanRecords;
  private readonly partRecords: PartRecords;
  private readonly sweepRecords: SweepRecords;
  private readonly jobs: ModelJob[] = [];
  /** Every claim ever made, the overtaken ones too: they come back. */
  private readonly planners: ClaimedJob[] = [];
  private readonly workers: ClaimedPart[] = [];
  private readonly progress = new Map<string, number>();
  /** What the audit record must hold: job, action and outcome of each end. */
  private readonly ends: string[] = [];

  constructor(private readonly dataSource: DataSource) {
    const jobs = dataSource.getRepository(JobRow);
    const [parts, files] = [dataSource.getRepository(PartRow), dataSource.getRepository(FileRow)];
    this.jobRecords = new JobRecords(jobs, parts, files);
    this.partClaims = new PartClaims(parts);
    this.planClaims = new PlanClaims(jobs);
    this.planRecords = new PlanRecords(dataSource);
    this.partRecords = new PartRecords(parts);
    this.sweepRecords = new SweepRecords(jobs);
    const audit = new AuditLog(dataSource.getRepository(AuditEventRow));
    this.operations = new ExportOperations(jobs, this.jobRecords, audit);
  }

  /** States that jobs and parts have been in. */
  readonly reached = new Set<JobState | PartState>();

  async take({ event, which, detail }: Step): Promise<void> {
    await this[event](which, detail);
  }

  commitOf(part: ClaimedPart): ReturnType<PartRecords['commit']> {
    return this.partRecords.commit([{ part, result: resultOf(part) }], RETENTION);
  }

  async cancelFirst(): Promise<void> {
    await this.jobRecords.cancel(this.jobs[0]?.id ?? '', this.dataSource.manager);
  }

  /** The records equal the model, and what must never happen has not. */
  async check(): Promise<void> {
    const jobs = await this.dataSource.query<
      { id: string; state: JobState; fence: number; progress: number }[]
    >('select id, state, fence::int as fence, progress from export.job order by id');
    const parts = await this.dataSource.query<
      { id: string; state: PartState; fence: number; files: string[] }[]
    >(
      `select p.id, p.state, p.fence::int as fence,
              array(select storage_key from export.file f where f.part_id = p.id) as files
       from export.part p order by p.id`,
    );
    assert.deepEqual(
      jobs.map(({ id, state, fence }) => ({ id, state, fence })),
      this.jobs.map(({ id, state, fence }) => ({ id, state, fence })).sort(byId),
    );
    assert.deepEqual(
      parts,
      this.jobs.flatMap((job) => [...job.parts].map(([id, part]) => ({ id, ...part }))).sort(byId),
    );
    const audited = await this.dataSource.query<{ line: string }[]>(
      `select concat_ws(' ', job_id, action, outcome, actor, app_id) as line from audit.event`,
    );
    assert.deepEqual(audited.map(({ line }) => line).sort(), [...this.ends].sort());
    for (const { id, state, progress } of jobs) {
      if (state !== 'cancelled') {
        assert.ok(progress >= (this.progress.get(id) ?? 0));
      }
      this.progress.set(id, progress);
      assert.equal(progress === 100, this.isComplete(id, state));
    }
  }

  /** 100 % is said of nothing that has an open part. */
  private isComplete(id: string, state: JobState): boolean {
    const job = this.jobs.find((one) => one.id === id);
    const open = [...(job?.parts.values() ?? [])].some(isOpen);
    if (state === 'completed') assert.equal(open, false);
    return state === 'completed' || (state === 'expired' && this.progress.get(id) === 100);
  }

  private async kickOff(): Promise<void> {
    if (this.jobs.length === JOBS) return;
    const id = randomUUID();
    await this.jobRecords.insert(
      {
        id,
        appId: 'app',
        target: { level: 'patient' },
        requestUrl: 'http://test',
        parameters: { types: ['Patient'], provenanceOf: [], since: undefined },
      },
      this.dataSource.manager,
    );
    this.jobs.push({
      ...{ id, state: 'accepted', fence: 0, held: false, swept: 'no' },
      parts: new Map(),
    });
  }

  private async claimJob(): Promise<void> {
    const waiting = this.jobs.filter((job) => job.state === 'accepted' && !job.held);
    const claim = await this.planClaims.claimNext(LEASE, LIMITS);
    assert.equal(claim !== undefined, waiting.length > 0);
    if (!claim) return;
    const job = this.jobOf(claim.id);
    assert.ok(includes(waiting, job));
    this.move(job, 'claim');
    job.fence++;
    assert.equal(Number(claim.fence), job.fence);
    this.planners.push(claim);
  }

  private async heartbeatJob(which: number): Promise<void> {
    const claim = pick(this.planners, which);
    if (!claim) return;
    const held = await this.planClaims.heartbeat(claim, LEASE);
    assert.equal(held, this.isPlanner(claim));
  }

  private async giveJobBack(which: number): Promise<void> {
    const claim = pick(this.planners, which);
    if (!claim) return;
    await this.planClaims.giveBack(claim, 0, which % 2 === 0);
    if (this.isPlanner(claim)) this.move(this.jobOf(claim.id), 'giveBack');
  }

  private async plan(which: number, detail: number): Promise<void> {
    const claim = pick(this.planners, which);
    if (!claim) return;
    const count = detail % 5 === 0 ? 0 : PARTS;
    const { signal } = new AbortController();
    const options = { retention: RETENTION, statementTime: 60, signal };
    const mine = this.isPlanner(claim);
    // A late planner finds the cohort frozen already: it fails, or is told so; it changes nothing.
    const parts = await this.planRecords
      .commit(claim, planOf(count), options)
      .catch(() => undefined);
    assert.equal(parts?.length, mine ? count : undefined);
    if (!mine) return;
    const job = this.jobOf(claim.id);
    this.move(job, count === 0 ? 'completeEmpty' : 'plan');
    const rows = await this.dataSource.query<{ id: string }[]>(
      'select id from export.part where job_id = $1',
      [job.id],
    );
    job.parts = new Map(rows.map(({ id }) => [id, { state: 'pending', fence: 0, files: [] }]));
  }

  private async failPlanning(which: number): Promise<void> {
    const claim = pick(this.planners, which);
    if (!claim) return;
    await this.planClaims.fail(claim, BROKEN, RETENTION);
    if (this.isPlanner(claim)) this.move(this.jobOf(claim.id), 'failPlanning');
  }

  private async lapseJobs(which: number): Promise<void> {
    const planning = this.jobs.filter((job) => job.state === 'planning');
    const silent = pick(planning, which);
    if (silent) await this.endLease('job', silent.id);
    assert.equal(await this.planClaims.expireLeases(), silent ? 1 : 0);
    if (silent) this.move(silent, 'expireLease');
  }

  private async claimPart(): Promise<void> {
    const due = this.jobs
      .filter((job) => job.state === 'running' && !job.held)
      .flatMap((job) => [...job.parts.values()].filter((part) => part.state === 'pending'));
    const claimed = await this.partClaims.claimNext(LEASE, 0);
    assert.equal(claimed !== undefined, due.length > 0);
    if (!claimed) return;
    const [claim] = claimed.parts;
    const part = this.partOf(claim);
    assert.ok(includes(due, part));
    this.movePart(part, 'claim');
    part.fence++;
    assert.equal(Number(claim.fence), part.fence);
    this.workers.push(claim);
  }

  private async heartbeatPart(which: number, detail: number): Promise<void> {
    const claim = pick(this.workers, which);
    if (!claim) return;
    const held = await this.partRecords.heartbeat(claim, LEASE, { bytes: detail });
    assert.equal(held, this.isWorker(claim) && this.isRunning(claim));
  }

  private async givePartBack(which: number): Promise<void> {
    const claim = pick(this.workers, which);
    if (!claim) return;
    await this.partRecords.giveBack(claim, { delay: 0, countsAsAttempt: which % 2 === 0 });
    if (this.isWorker(claim)) this.movePart(this.partOf(claim), 'giveBack');
  }

  private async commit(which: number): Promise<void> {
    const claim = pick(this.workers, which);
    if (claim) await this.end(claim, resultOf(claim));
  }

  private async failPart(which: number): Promise<void> {
    const claim = pick(this.workers, which);
    if (claim) await this.end(claim, { state: 'failed', failure: BROKEN });
  }

  private async lapseParts(which: number): Promise<void> {
    const running = this.jobs.flatMap((job) =>
      [...job.parts].filter(([, part]) => part.state === 'running'),
    );
    const silent = pick(running, which);
    if (silent) await this.endLease('part', silent[0]);
    assert.equal(await this.partClaims.expireLeases(), silent ? 1 : 0);
    if (silent) this.movePart(silent[1], 'expireLease');
  }

  private async cancel(which: number): Promise<void> {
    const job = pick(this.jobs, which);
    if (!job) return;
    const alive = includes(JOB_EVENTS.cancel.from, job.state);
    assert.equal(await this.jobRecords.cancel(job.id, this.dataSource.manager), alive);
    if (alive) this.move(job, 'cancel');
  }

  private async expire(): Promise<void> {
    await this.time.advance(this.dataSource, RETENTION + 1);
    await this.sweepRecords.expire();
    for (const job of this.jobs) {
      if (includes(JOB_EVENTS.expire.from, job.state)) this.move(job, 'expire');
    }
  }

  private async withdraw(which: number): Promise<void> {
    const job = pick(this.jobs, which);
    if (!job) return;
    const ended = includes(JOB_EVENTS.withdraw.from, job.state);
    assert.equal(await done(this.operations.expire(job)), ended);
    if (!ended) return;
    this.move(job, 'withdraw');
    this.ends.push(`${job.id} export.withdrawn success operator app`);
  }

  private async retry(which: number): Promise<void> {
    const job = pick(this.jobs, which);
    if (!job) return;
    const failed = [...job.parts.values()].filter((part) => part.state === 'failed');
    const ended = includes(JOB_EVENTS.retry.from, job.state);
    const possible = ended && failed.length > 0 && job.swept !== 'cohort gone';
    assert.equal(await done(this.operations.retryFailed(job)), possible);
    if (!possible) return;
    this.move(job, 'retry');
    for (const part of failed) this.movePart(part, 'retry');
    // What is told of a running export is less than 100 %, whatever was told at its end before.
    this.progress.set(job.id, Math.min(99, this.progress.get(job.id) ?? 0));
    this.ends.push(`${job.id} export.retried success operator app`);
  }

  private async hold(which: number, detail: number): Promise<void> {
    const job = pick(this.jobs, which);
    if (!job) return;
    const held = detail % 3 === 0;
    const open = includes(ACTIVE_JOB_STATES, job.state);
    const operation = held ? this.operations.hold(job) : this.operations.release(job);
    assert.equal(await done(operation), open);
    if (!open) return;
    job.held = held;
    this.ends.push(`${job.id} export.${held ? 'held' : 'released'} success operator app`);
  }

  /** What the sweeper takes for leftovers is nothing that was committed, and nobody's who is at work. */
  private async sweep(which: number): Promise<void> {
    const job = pick(this.jobs, which);
    if (!job) return;
    const isLeftover = orphanedKeys(await this.sweepRecords.parts(job.id));
    for (const claim of this.workers.filter(({ jobId }) => jobId === job.id)) {
      const { state, fence, files } = this.partOf(claim);
      // What was committed is forgotten when the job is gone.
      const counts = state === 'running' || (state === 'completed' && files.length > 0);
      const wanted = counts && fence === Number(claim.fence);
      assert.equal(isLeftover(keyOf(claim)), !wanted);
    }
    for (const ended of await this.sweepRecords.ended(0)) await this.forget(ended);
  }

  private async forget(ended: EndedJob): Promise<void> {
    const job = this.jobOf(ended.id);
    assert.equal(job.state, ended.state);
    await this.sweepRecords.forget(ended);
    const kept =
      includes(JOB_EVENTS.retry.from, job.state) &&
      [...job.parts.values()].some((part) => part.state === 'failed');
    job.swept = kept ? 'cohort kept' : 'cohort gone';
    assert.equal(await this.hasCohort(job.id), kept);
    if (job.state === 'completed') return;
    for (const part of job.parts.values()) part.files = [];
  }

  private async hasCohort(id: string): Promise<boolean> {
    const sql = 'select from export.cohort_member where job_id = $1 limit 1';
    return (await this.dataSource.query<unknown[]>(sql, [id])).length > 0;
  }

  private async poll(which: number): Promise<void> {
    const job = pick(this.jobs, which);
    const record = job && (await this.jobRecords.find(job.id, 'app'));
    if (!record) return;
    const progress = await this.jobRecords.raiseProgress(record);
    assert.ok(progress >= record.progress);
    if (job.state === 'running') assert.ok(progress < 100);
  }

  private async end(claim: ClaimedPart, result: PartResult): Promise<void> {
    const mine = this.isWorker(claim) && this.isRunning(claim);
    const committed = await this.partRecords.commit([{ part: claim, result }], RETENTION);
    const job = this.jobOf(claim.jobId);
    if (mine) {
      const files = result.state === 'completed' ? result.files.map((file) => file.storageKey) : [];
      this.movePart(this.partOf(claim), result.state === 'completed' ? 'commit' : 'fail');
      this.partOf(claim).files = files;
    }
    const parts = [...job.parts.values()];
    const ended = mine && !parts.some(isOpen);
    const event = parts.some((part) => part.state === 'completed') ? 'complete' : 'fail';
    assert.deepEqual([...committed.parts], mine ? [claim.id] : []);
    assert.equal(committed.jobEnded?.state, ended ? JOB_EVENTS[event].to : undefined);
    if (ended) this.move(job, event);
  }

  private move(job: ModelJob, event: keyof typeof JOB_EVENTS): void {
    const { from, to } = JOB_EVENTS[event];
    assert.ok(includes(from, job.state));
    job.state = to;
    if (event === 'cancel' || event === 'retry') job.swept = 'no';
    this.reached.add(to);
    if (to === 'completed' || to === 'failed' || to === 'expired') {
      const outcome = to === 'failed' ? 'failed' : 'success';
      this.ends.push(`${job.id} export.${to} ${outcome} service app`);
    }
  }

  private movePart(part: ModelPart, event: keyof typeof PART_EVENTS): void {
    const { from, to } = PART_EVENTS[event];
    assert.ok(includes(from, part.state));
    part.state = to;
    this.reached.add(to);
  }

  private async endLease(table: 'job' | 'part', id: string): Promise<void> {
    await this.dataSource.query(
      `update export.${table} set lease_until = service.timer() - interval '1 second' where id = $1`,
      [id],
    );
  }

  private isPlanner(claim: ClaimedJob): boolean {
    const job = this.jobOf(claim.id);
    return job.state === 'planning' && job.fence === Number(claim.fence);
  }

  private isWorker(claim: ClaimedPart): boolean {
    const part = this.partOf(claim);
    return part.state === 'running' && part.fence === Number(claim.fence);
  }

  private isRunning(claim: ClaimedPart): boolean {
    return this.jobOf(claim.jobId).state === 'running';
  }

  private jobOf(id: string): ModelJob {
    const job = this.jobs.find((one) => one.id === id);
    if (!job) throw new Error('A claim of a job that there is not.');
    return job;
  }

  private partOf({ id, jobId }: ClaimedPart): ModelPart {
    const part = this.jobOf(jobId).parts.get(id);
    if (!part) throw new Error('A claim of a part that there is not.');
    return part;
  }
}

function planOf(parts: number): Plan {
  return {
    transactionTime: '2026-01-31T12:00:00.000Z',
    cohort: { sql: `select 'p' || n as patient_id from generate_series(1, 5) n`, parameters: [] },
    cohortBefore: undefined,
    departed: undefined,
    group: undefined,
    cut: () =>
      Promise.resolve({
        parts: Array.from({ length: parts }, (_, index) => ({
          kind: 'resources' as const,
          type: 'Patient' as const,
          buckets: { from: index, to: index },
          estimatedBytes: 100,
        })),
      }),
  };
}

/** Every attempt writes a file of a name of its own. */
function resultOf(part: ClaimedPart): PartResult {
  const file = {
    section: 'output',
    type: 'Patient',
    storageKey: keyOf(part),
    resources: 1,
    bytes: 100,
    sha256: Buffer.alloc(32),
    encoding: 'identity',
    storedBytes: 100,
    storedSha256: undefined,
    encrypted: false,
  } as const;
  return { state: 'completed', files: [file], failure: undefined };
}

function keyOf(part: ClaimedPart): string {
  return `${attemptPrefix(part)}.0.ndjson`;
}

/** False when it is refused. */
async function done(operation: Promise<void>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (error instanceof FhirError) return false;
    throw error;
  }
}

function includes<T>(all: readonly T[], one: T): boolean {
  return all.includes(one);
}

function isOpen(part: ModelPart): boolean {
  return includes(OPEN_PART_STATES, part.state);
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all.length === 0 ? undefined : all[which % all.length];
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1;
}
