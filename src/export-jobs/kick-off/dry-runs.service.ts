import { randomUUID } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { ClinicalStatistics } from '../../clinical-data';
import { type Cohort, freezeCohort, sampleCohort } from '../../cohort';
import { Clock, FhirError } from '../../common';
import { setUnlogged } from '../../database';
import { type ExportScope, Extraction, type Statement } from '../../extractors';
import { cancellableTransaction } from '../persistence/cancellable-transaction';
import type { ExportTarget } from '../persistence/export-target';
import type { ExportParameters } from '../persistence/job-parameters';
import { JobRecords } from '../persistence/job-records.service';
import { ExportCohorts } from '../worker/export-cohorts.service';
import { scopeOfAll } from '../worker/part-scope';
import { RATE, TAKE_TURN } from './dry-runs.sql';

/** What is measured line by line; of a larger cohort it stands for the rest. */
const SAMPLE = 500;
/** From here on PostgreSQL must not fetch what members have one by one, if they are many of all patients. */
const LARGE_COHORT = 1000;
const LARGE_SHARE = 0.02;
const MOST_SECONDS = 30;
/** Of services that have not yet exported anything large, in bytes a second. */
const USUAL_RATE = 30_000_000;

export interface DryRunOf {
  readonly appId: string;
  readonly target: ExportTarget;
  readonly parameters: ExportParameters;
}

/** What an export would give now of a type. */
export interface DryRunType {
  readonly type: ResourceType;
  readonly resources: number;
  readonly bytes: number;
}

export interface DryRun {
  readonly transactionTime: string;
  readonly patients: number;
  readonly types: readonly DryRunType[];
  /** From when the export begins. */
  readonly seconds: number;
}

/** What an export would be planned as. */
interface Planned extends DryRunOf {
  readonly id: string;
  readonly transactionTime: string;
  readonly plan: Cohort;
  readonly storePatients: number;
}

/** An export's cohort as far as a dry run has it: in rows that go with its transaction. */
interface Frozen extends Planned {
  readonly sampleId: string;
  readonly members: number;
  readonly storeShare: number;
}

/**
 * Tells what an export would give, without one: the cohort is frozen as a plan does it, resources are counted by
 * the statements that exports are compared with, bytes are those of a sample of members. Then everything is undone.
 */
@Injectable()
export class DryRuns {
  constructor(
    private readonly dataSource: DataSource,
    private readonly records: JobRecords,
    private readonly cohorts: ExportCohorts,
    private readonly extraction: Extraction,
    private readonly statistics: ClinicalStatistics,
    private readonly clock: Clock,
  ) {}

  /**
   * @param left aborted when nobody waits for the answer any more
   * @throws FhirError 404 for a group that is gone, 422 when it takes too long, 429 while the app, or others, have
   *   one running; the reason of `left`
   */
  async of(asked: DryRunOf, left: AbortSignal): Promise<DryRun> {
    const planned = await this.plan(asked);
    const tooLong = AbortSignal.timeout(MOST_SECONDS * 1000);
    const signal = AbortSignal.any([left, tooLong]);
    let told: DryRun | undefined;
    try {
      await cancellableTransaction(this.dataSource, signal, async (manager) => {
        told = await this.within(manager, planned);
        return undefined;
      });
    } catch (error) {
      throw tooLong.aborted && !left.aborted ? tooCostly() : error;
    }
    if (!told) throw new Error('A transaction that ends has told.');
    return told;
  }

  private async plan(asked: DryRunOf): Promise<Planned> {
    const job = { ...asked, id: randomUUID() };
    const transactionTime = this.clock.present().toISOString();
    const cohort = await this.cohorts.of(job, transactionTime);
    if (!cohort) throw groupGone();
    const cohortBefore = await this.cohorts.before(job, transactionTime);
    const { resources: storePatients } = await this.statistics.ofType('Patient');
    // What has departed is no resource.
    const plan = { ...cohort, cohortBefore, departed: undefined };
    return { ...job, transactionTime, plan, storePatients };
  }

  private async within(manager: EntityManager, planned: Planned): Promise<DryRun> {
    const began = performance.now();
    await takeTurn(manager, planned.appId);
    await manager.query(`set local statement_timeout = ${MOST_SECONDS * 1000}`);
    await manager.query('set local max_parallel_workers_per_gather = 0');
    // Seen by nobody: what is frozen belongs to a job.
    await this.records.insert({ ...planned, requestUrl: '' }, manager);
    const frozen = await freeze(manager, planned);
    const types: DryRunType[] = [];
    for (const type of planned.parameters.types) {
      types.push(await this.ofType(manager, frozen, type));
    }
    const bytes = types.reduce((sum, one) => sum + one.bytes, 0);
    const [recent] = await manager.query<{ rate: number | null }[]>(RATE);
    const planning = (performance.now() - began) / 1000;
    return {
      ...{ transactionTime: frozen.transactionTime, patients: frozen.members, types },
      seconds: Math.ceil(planning + bytes / (recent?.rate ?? USUAL_RATE)),
    };
  }

  private async ofType(
    manager: EntityManager,
    frozen: Frozen,
    type: ResourceType,
  ): Promise<DryRunType> {
    const { target, members } = frozen;
    const isSystem = target.level === 'system';
    if (members === 0 && !isSystem) return { type, resources: 0, bytes: 0 };
    const sample = await measure(
      manager,
      this.extraction.measured(type, sampleScope(frozen, type)),
    );
    // What is no patient's is in no sample of members, and Group is in each, whole.
    const isWhole = !isSystem && (frozen.sampleId === frozen.id || type === 'Group');
    if (isWhole) return { type, ...sample };
    const scope = scopeOf(frozen, frozen.id, type);
    // Told of no cohort, PostgreSQL takes each for small: it would look every member of a large one up.
    const isLarge = members >= LARGE_COHORT && frozen.storeShare >= LARGE_SHARE;
    if (isLarge) await manager.query('set local enable_nestloop = off');
    const { resources } = await measure(manager, this.extraction.counted(type, scope));
    if (isLarge) await manager.query('set local enable_nestloop = on');
    const average = await this.bytesOfOne(type, sample);
    return { type, resources, bytes: Math.round(resources * average) };
  }

  private async bytesOfOne(type: ResourceType, sample: Measured): Promise<number> {
    if (sample.resources > 0) return sample.bytes / sample.resources;
    const { resources, bytes } = await this.statistics.ofType(type);
    return bytes / Math.max(1, resources);
  }
}

async function freeze(manager: EntityManager, planned: Planned): Promise<Frozen> {
  const { id: jobId, plan, storePatients } = planned;
  const buckets = await freezeCohort(manager, jobId, plan);
  const members = buckets.reduce((sum, bucket) => sum + bucket.members, 0);
  const storeShare = members / Math.max(1, storePatients);
  const sampleId = members > SAMPLE ? randomUUID() : jobId;
  if (sampleId !== jobId) await sampleCohort(manager, { jobId, sampleId, size: SAMPLE });
  return { ...planned, sampleId, members, storeShare };
}

type Measured = Pick<DryRunType, 'resources' | 'bytes'>;

/** Group is given once, however many members a sample has. */
function sampleScope(frozen: Frozen, type: ResourceType): ExportScope {
  const isOfMembers = frozen.target.level === 'system';
  const target: ExportTarget = isOfMembers ? { level: 'patient' } : frozen.target;
  return scopeOf({ ...frozen, target }, type === 'Group' ? frozen.id : frozen.sampleId, type);
}

function scopeOf(frozen: Frozen, id: string, type: ResourceType): ExportScope {
  const { transactionTime, storeShare } = frozen;
  const continuesSince = frozen.plan.cohortBefore !== undefined;
  const isAll = id === frozen.id;
  const cohortShare = isAll ? storeShare : undefined;
  const scope = scopeOfAll({ ...frozen, id }, type, { transactionTime, cohortShare });
  return { ...scope, cohort: { ...scope.cohort, continuesSince } };
}

async function measure(manager: EntityManager, { select, setting }: Statement): Promise<Measured> {
  if (!manager.queryRunner) throw new Error('A transaction has a connection.');
  if (setting) await setUnlogged(manager.queryRunner, { ...setting, extent: 'transaction' });
  const [row] =
    await manager.query<{ resources?: string; count?: string; bytes?: string }[]>(select);
  return { resources: Number(row?.resources ?? row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
}

/** One of an app at a time, and few in all, whichever processes they run in: until the transaction ends. */
async function takeTurn(manager: EntityManager, appId: string): Promise<void> {
  const [row] = await manager.query<{ taken: boolean }[]>(TAKE_TURN, [appId]);
  if (row?.taken) return;
  throw new FhirError(
    'A dry run of this app is going on, or as many of others as there may be. Ask again in 5 s, as Retry-After says.',
    { status: 429, code: 'throttled', headers: { 'Retry-After': '5' } },
  );
}

function tooCostly(): FhirError {
  return new FhirError(
    `The dry run took longer than ${MOST_SECONDS} s. Narrow it by _type or patient, or start the export: its manifest has the counts.`,
    { status: 422, code: 'too-costly', expression: ['_dry-run'] },
  );
}

function groupGone(): FhirError {
  return new FhirError('The group is gone.', { status: 404, code: 'not-found' });
}
