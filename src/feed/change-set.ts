import type { Client } from 'pg';

import { compareComplete, keepLater, stageDeletions } from './complete-types';
import { LoadCounts } from './load-counts';
import type { CompleteInput, CompleteType, LoadProgress, Rejections } from './load.types';
import { applyDeletions } from './merging/deletions';
import { Merger } from './merging/merger';
import { inWriteTransaction } from './merging/write-transaction';
import type { InputFile } from './reading/input-files';
import { KnownBases } from './reading/known-bases';
import type { PrepareOptions } from './reading/prepare-resource';
import { settleHistory } from './staging/history-entries';
import { noteOrigins } from './staging/note-unresolved';
import { SideStaging } from './staging/side-staging';
import { keyStaged } from './staging/staged-keys';
import { Stager } from './staging/stager';
import { prepareMerging } from './staging/staging';
import { keepBases, readBases } from './staging/stored-bases';
import { UnchangedLines } from './staging/unchanged-lines';
import { resolveWaiting } from './staging/waiting-references';
import type { Sessions } from './with-writer';

export interface ChangeSetOptions {
  /** Rows keep the meta that they bring along. */
  readonly keepMeta: boolean;
  /** Base URLs under which an absolute reference is one of ours. */
  readonly bases: readonly string[];
  /** Base URLs of other servers whose resources these are; kept for what comes later. */
  readonly otherBases: readonly string[];
  readonly rejects: Rejections;
  /** The patients of the input are listed in `clinical_load.loaded_patient`. */
  readonly withPatients: boolean;
  readonly onRead: (bytes: number) => void;
  readonly onText?: (chunk: Buffer) => void;
  readonly onPhase: (phase: LoadProgress['phase'], type?: string) => void;
  readonly isAllOrNothing?: boolean;
  readonly maxLineBytes?: number;
}

/**
 * Resources and deletions that are taken into the store together: staged first, then merged. Needs the
 * writer's lock and the tables of staging.
 */
export class ChangeSet {
  counts = new LoadCounts();
  /** Stored resources that were deleted. */
  deleted = 0;
  private readonly stager: Stager;
  private readonly bases: KnownBases;
  private unresolved = 0;
  private missing = 0;
  private types: readonly string[] = [];

  private constructor(
    private readonly sessions: Sessions,
    private readonly files: readonly InputFile[],
    private readonly options: ChangeSetOptions,
    storedBases: readonly string[],
  ) {
    this.bases = new KnownBases(options.bases, [...options.otherBases, ...storedBases]);
    this.stager = this.makeStager();
  }

  /**
   * Reads all files into staging and resolves what they say of each other.
   *
   * @param sessions the first holds the lock and reads; the second, if any, helps
   */
  static async stage(
    sessions: Sessions,
    files: readonly InputFile[],
    options: ChangeSetOptions,
  ): Promise<ChangeSet> {
    const changes = new ChangeSet(sessions, files, options, await readBases(sessions[0]));
    await changes.stageAll();
    return changes;
  }

  /** Bytes of resources read, unpacked. */
  get bytes(): number {
    return this.stager.bytes;
  }

  /** References by urn or by search that name no single resource. */
  get danglingReferences(): number {
    return this.unresolved + this.stager.danglingReferences;
  }

  private get isSmall(): boolean {
    return this.sessions[1] === undefined;
  }

  /** Compares full extracts of types with the store, which stays as it is. */
  compare(complete: CompleteInput): Promise<readonly CompleteType[]> {
    return compareComplete(this.sessions[0], complete, this.counts);
  }

  /**
   * Lets the merge delete what full extracts have not got.
   *
   * @throws LoadError when that is more than is allowed
   */
  async deleteMissing(compared: readonly CompleteType[], asOf?: string): Promise<void> {
    const [client] = this.sessions;
    this.missing = await stageDeletions(client, compared, asOf);
    if (asOf !== undefined) await keepLater(client, asOf, this.counts);
  }

  /** Merges type by type, each in a transaction of its own, on both sessions. */
  async mergeByType(): Promise<void> {
    const [client] = this.sessions;
    const sessions = this.sessions.filter((session) => session !== undefined);
    for (const session of sessions) await prepareMerging(session);
    const merger = this.makeMerger(sessions, this.counts, inWriteTransaction);
    await merger.merge(this.types);
    await merger.analyze();
    if (this.stager.hasHistory || this.missing > 0) {
      this.deleted = await inWriteTransaction(client, (instant) =>
        applyDeletions(client, this.counts, { keepMeta: this.options.keepMeta, instant }),
      );
    }
    await keepBases(client, this.bases);
  }

  /**
   * Merges everything in one transaction, with one instant.
   *
   * @param record runs at the end of that transaction
   */
  async mergeAtOnce<T>(record: (instant: string) => Promise<T>): Promise<T> {
    const [client] = this.sessions;
    const { keepMeta } = this.options;
    if (!this.isSmall) await prepareMerging(client);
    const before = this.counts;
    let merger: Merger | undefined;
    const result = await inWriteTransaction(client, async (instant) => {
      // What a transaction that is undone has counted does not count.
      this.counts = before.copy();
      merger = this.makeMerger([client], this.counts, (_, work) => work(instant));
      await merger.merge(this.types);
      this.deleted = this.stager.hasHistory
        ? await applyDeletions(client, this.counts, { keepMeta, instant })
        : 0;
      await keepBases(client, this.bases);
      return record(instant);
    });
    if (this.counts.written >= ANALYZED_ROWS) await merger?.analyze();
    return result;
  }

  private async stageAll(): Promise<void> {
    const [client] = this.sessions;
    const { keepMeta, onPhase } = this.options;
    await this.stager.stage(this.files);
    await noteOrigins(client, this.stager.origins.all);
    onPhase('resolving');
    if (this.stager.hasWaiting) {
      this.unresolved = await resolveWaiting(client, {
        ...this.prepareOptions(),
        isEntry: (sequence) => this.stager.isEntry(sequence),
      });
    }
    if (this.stager.hasHistory) await settleHistory(client, this.counts, keepMeta);
    this.types = await keyStaged(client, this.counts, {
      keepMeta,
      isSmall: this.isSmall,
    });
  }

  private makeStager(): Stager {
    const [client, side] = this.sessions;
    // Alone, a session sends what it has to say beside the rows when these are in.
    return new Stager(client, {
      ...this.options,
      ...this.prepareOptions(),
      counts: this.counts,
      side: new SideStaging(side ?? client, side ? undefined : Infinity),
      unchanged: side && new UnchangedLines(side),
      hasOthers: this.files.length > 1 && this.files.some(({ kind }) => kind === 'json'),
    });
  }

  private makeMerger(
    sessions: readonly Client[],
    counts: LoadCounts,
    transaction: typeof inWriteTransaction,
  ): Merger {
    const { keepMeta, withPatients, onPhase } = this.options;
    return new Merger({
      sessions,
      stager: this.stager,
      counts,
      keepMeta,
      isSmall: this.isSmall,
      withPatients,
      onType: (type) => {
        onPhase('merging', type);
      },
      transaction,
    });
  }

  private prepareOptions(): PrepareOptions {
    return {
      keepMeta: this.options.keepMeta,
      bases: this.bases,
      // Only entries of Bundles may refer to others by identifier.
      withIdentifiers: this.files.some(({ kind }) => kind === 'json'),
    };
  }
}

/** Fewer rows do not change what PostgreSQL thinks of a table; autovacuum comes by for those. */
const ANALYZED_ROWS = 10_000;
