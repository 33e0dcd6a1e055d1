import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, QueryRunner, Repository } from 'typeorm';

import type { OutcomeIssue } from '@app/fhir';

import { fromNow } from './changes';
import { ended } from './expiry';
import type { FileRecord } from './file.entity';
import type { ClaimedPart } from './job-record';
import { JOB_EVENTS, PART_EVENTS } from './job-states';
import { nextPage } from './next-page';
import {
  FINISH_PARTS,
  FIRST_FAILURE,
  INSERT_FILES,
  JOB_SECONDS,
  KNOWN_POSITION,
  LOCK_JOB,
  OPEN_PART,
  TAKE_POSITION,
} from './part-records.sql';
import { PartRow, type PartStep } from './part.entity';
import { runPrepared } from './prepared';
import { readAgain } from './reconciliation';
import { transition } from './transition';

/** A file that an attempt has written and published. */
export type WrittenFile = Omit<FileRecord, 'ordinal' | 'encrypted'> & {
  readonly encrypted: boolean;
};

/** How far an attempt is. */
export interface AttemptProgress {
  /** Written so far. */
  readonly bytes: number;
  /** What the worker does, and for how long it has. */
  readonly step?: { readonly name: PartStep; readonly seconds: number } | undefined;
}

/** Why a part is handed back, and how. */
export interface GivenBack {
  /** In seconds: when it is tried again. */
  readonly delay: number;
  readonly countsAsAttempt: boolean;
  /** Name and code of what ended the attempt; undefined when nothing failed. */
  readonly error?: string | undefined;
}

/** How an attempt at a part ended for good. */
export type PartResult =
  | {
      readonly state: 'completed';
      readonly files: readonly WrittenFile[];
      /** What had to be left out. */
      readonly failure: OutcomeIssue | undefined;
      /** Resources that the failure tells of. */
      readonly missing?: number;
    }
  | {
      readonly state: 'failed';
      readonly failure: OutcomeIssue;
      /** Undefined where the failure cannot say how many. */
      readonly missing?: number | undefined;
    };

/** How a job has ended. */
export interface JobEnd {
  readonly state: 'completed' | 'failed';
  /** Since its kick-off. */
  readonly seconds: number;
}

/** A part that was claimed, and how the attempt has ended. */
export interface EndedPart {
  readonly part: ClaimedPart;
  readonly result: PartResult;
}

/** What a commit did. */
export interface Committed {
  /** Ids of the parts that were committed; the others had been overtaken. */
  readonly parts: ReadonlySet<string>;
  /** Of the job whose last part it was: there is room for another. */
  readonly jobEnded: JobEnd | undefined;
}

/**
 * Keeps parts that were claimed and commits their results. Every change names the fencing number of
 * the claim and expects a state; zero rows changed means that somebody else has taken over, or that the job is gone.
 */
@Injectable()
export class PartRecords {
  constructor(@InjectRepository(PartRow) private readonly parts: Repository<PartRow>) {}

  /** Prolongs the lease and notes how far the attempt is. @returns false when the part is no longer ours */
  heartbeat(part: ClaimedPart, lease: number, { bytes, step }: AttemptProgress): Promise<boolean> {
    const at = step && { step: step.name, stepAt: fromNow(-step.seconds) };
    const changes = { leaseUntil: fromNow(lease), writtenBytes: bytes, ...at };
    return transition(this.parts.manager, PART_EVENTS.heartbeat, part, changes);
  }

  /**
   * A position in the primary's WAL after everything that the job's parts read: what was planned, and
   * whatever was written up to `transactionTime`. The same for all parts of a job, so that a replica that
   * lags steadily is waited for once.
   */
  async replicaPosition({ jobId }: ClaimedPart): Promise<string> {
    const [known] = await this.parts.query<{ position: string | null }[]>(KNOWN_POSITION, [jobId]);
    if (known?.position) return known.position;
    const [[taken]] = await this.parts.query<[{ position: string }[], number]>(TAKE_POSITION, [
      jobId,
    ]);
    if (!taken) throw new Error('The export is gone.');
    return taken.position;
  }

  /** Hands the part back, to be tried again. */
  async giveBack(part: ClaimedPart, { delay, countsAsAttempt, error }: GivenBack): Promise<void> {
    await transition(this.parts.manager, PART_EVENTS.giveBack, part, {
      leaseUntil: null,
      writtenBytes: 0,
      notBefore: fromNow(delay),
      ...(error !== undefined && { lastError: error }),
      ...(!countsAsAttempt && { attempts: () => 'attempts - 1' }),
    });
  }

  /**
   * Commits results of parts of one job with their files in one transaction, and completes the job when these
   * were its last parts.
   *
   * @param retention seconds that the files stay available after completion
   * @returns which parts were committed. Others had been overtaken, or the job is gone: nothing of theirs has
   *   changed, and the attempts' files belong to nobody
   */
  commit(ended: readonly [EndedPart, ...EndedPart[]], retention: number): Promise<Committed> {
    const [{ part: first }] = ended;
    return this.parts.manager.transaction(async (manager) => {
      const runner = runnerOf(manager);
      // The job's row is the lock that puts commits of its parts in a row: file numbers and the
      // question "was this the last part?" depend on it.
      const { count: running } = await runPrepared(runner, LOCK_JOB, [first.jobId]);
      if (running === 0) return NOTHING_COMMITTED;
      const parts = await this.finishParts(runner, ended);
      if (parts.size === 0) return NOTHING_COMMITTED;
      await this.insertFiles(
        runner,
        ended.filter(({ part }) => parts.has(part.id)),
      );
      const jobEnded = await this.finishJob(manager, first, retention);
      if (jobEnded) await nextPage(manager, first.jobId);
      return { parts, jobEnded };
    });
  }

  /** @returns the ids of those that were the claim's still */
  private async finishParts(
    runner: QueryRunner,
    ended: readonly EndedPart[],
  ): Promise<ReadonlySet<string>> {
    const finished = new Set<string>();
    for (const state of ['completed', 'failed'] as const) {
      const own = ended.filter(({ result }) => result.state === state);
      if (own.length === 0) continue;
      const done = JSON.stringify(own.map(columnsOf));
      const { rows } = await runPrepared(runner, FINISH_PARTS[state], [done]);
      for (const { id } of rows as readonly { id: string }[]) finished.add(id);
    }
    return finished;
  }

  private async insertFiles(runner: QueryRunner, ended: readonly EndedPart[]): Promise<void> {
    const files = ended.flatMap(({ part, result }) =>
      filesOf(result).map((file) => fileColumns(part, file)),
    );
    if (files.length === 0) return;
    const numbered = files.map((file, place) => ({ ...file, place }));
    const jobId = ended[0]?.part.jobId;
    await runPrepared(runner, INSERT_FILES, [jobId, JSON.stringify(numbered)]);
  }

  /** A job fails only when nothing can be delivered: no part is whole, and no file is there (ST-13). */
  private async finishJob(
    manager: EntityManager,
    { jobId: id, parameters }: ClaimedPart,
    retention: number,
  ): Promise<JobEnd | undefined> {
    const { count: open } = await runPrepared(runnerOf(manager), OPEN_PART, [id]);
    if (open > 0 || (await readAgain(manager, id))) return undefined;
    const end = ended(parameters, retention);
    const complete = { ...end, progress: 100, failure: null };
    const isComplete = await transition(manager, JOB_EVENTS.complete, { id }, complete);
    if (!isComplete) {
      await transition(manager, JOB_EVENTS.fail, { id }, { ...end, failure: FIRST_FAILURE });
    }
    const [row] = await manager.query<{ seconds: number }[]>(JOB_SECONDS, [id]);
    return { state: isComplete ? 'completed' : 'failed', seconds: row?.seconds ?? 0 };
  }
}

const NOTHING_COMMITTED: Committed = { parts: new Set(), jobEnded: undefined };

function runnerOf({ queryRunner }: EntityManager): QueryRunner {
  if (!queryRunner) throw new Error('A transaction has a connection.');
  return queryRunner;
}

function filesOf(result: PartResult): readonly WrittenFile[] {
  return result.state === 'completed' ? result.files : [];
}

/** As FINISH_PARTS takes them. */
function columnsOf({ part: { id, fence }, result }: EndedPart): object {
  const files = filesOf(result);
  return {
    id,
    fence,
    resources: files.reduce((sum, file) => sum + file.resources, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    failure: result.failure,
    missing: result.missing,
  };
}

/** As INSERT_FILES takes them. */
function fileColumns({ id: part }: ClaimedPart, file: WrittenFile): object {
  const { section, type, resources, bytes, encoding, encrypted } = file;
  return {
    ...{ part, section, type, resources, bytes, encoding, encrypted },
    storage_key: file.storageKey,
    sha256: file.sha256?.toString('hex'),
    stored_bytes: file.storedBytes,
    stored_sha256: file.storedSha256?.toString('hex'),
  };
}
