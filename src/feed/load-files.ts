import type { Client } from 'pg';

import { LoadCounts } from './load-counts';
import { lockLoads } from './load-lock';
import { openLoadSession } from './load-session';
import type { LoadOptions, LoadProgress, LoadSummary } from './load.types';
import { applyDeletions } from './merging/deletions';
import { readLoadedPatients } from './merging/loaded-patients';
import { Merger } from './merging/merger';
import { findInputFiles, type InputFile } from './reading/input-files';
import { KnownBases } from './reading/known-bases';
import type { PrepareOptions } from './reading/prepare-resource';
import { RejectReport } from './reject-report';
import { settleHistory } from './staging/history-entries';
import { countUnresolved, noteOrigins } from './staging/note-unresolved';
import { SideStaging } from './staging/side-staging';
import { keyStaged } from './staging/staged-keys';
import { Stager } from './staging/stager';
import { createStaging, dropStaging, prepareMerging } from './staging/staging';
import { keepBases, readBases } from './staging/stored-bases';
import { resolveWaiting } from './staging/waiting-references';

/**
 * Loads files or folders of FHIR resources into the clinical store: NDJSON and Bundles, plain or
 * gzip. Everything is staged first, then merged type by type, each in one transaction; a load that
 * is cut off leaves whole types, and running it again completes it. Running a load twice changes
 * nothing. What cannot be loaded is reported in a file and the rest is loaded.
 *
 * One load runs at a time on a database; a second waits.
 *
 * @param databaseUrl the database that holds schema `clinical`
 * @param paths files, or folders that stand for the files in them
 * @throws LoadError when a path cannot be read or another program writes to the same resources
 */
export async function loadFiles(
  databaseUrl: string,
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<LoadSummary> {
  const files = await findInputFiles(paths);
  const rejects = new RejectReport(options.rejectsFile ?? defaultRejectsFile());
  const sessions: Client[] = [];
  try {
    // Two: one merges while the other waits for the disk, or for its share of a second core.
    for (let count = 0; count < 2; count += 1) sessions.push(await openLoadSession(databaseUrl));
    return await new Load(sessions, files, options, rejects).run();
  } finally {
    rejects.close();
    for (const session of sessions) await session.end();
  }
}

/** One load; its first session holds the lock and does everything but the parallel merging. */
class Load {
  private readonly startedAt = performance.now();
  private readonly counts = new LoadCounts();
  private readonly bytesTotal: number;
  private bytesRead = 0;
  private bases = new KnownBases();

  constructor(
    private readonly sessions: readonly Client[],
    private readonly files: readonly InputFile[],
    private readonly options: LoadOptions,
    private readonly rejects: RejectReport,
  ) {
    this.bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async run(): Promise<LoadSummary> {
    const [client, side] = this.sessions;
    if (!client || !side) throw new Error('A load needs two sessions.');
    await lockLoads(client, () => {
      this.report('waiting');
    });
    await createStaging(client);
    try {
      return await this.loadWith(client, side);
    } finally {
      await dropStaging(client);
    }
  }

  private async loadWith(client: Client, side: Client): Promise<LoadSummary> {
    this.bases = new KnownBases(this.options.bases, [
      ...(this.options.otherBases ?? []),
      ...(await readBases(client)),
    ]);
    const stager = this.makeStager(client, side);
    await stager.stage(this.files);
    await noteOrigins(client, stager.files);
    this.report('resolving');
    const unresolved = stager.hasWaiting ? await this.resolve(client, stager) : 0;
    const deleted = await this.merge(client, stager);
    await keepBases(client, this.bases);
    await this.options.onPatients?.(readLoadedPatients(client));
    return {
      types: this.counts.sorted(),
      bytes: stager.bytes,
      seconds: (performance.now() - this.startedAt) / 1000,
      rejected: this.rejects.count,
      rejectsFile: this.rejects.path,
      rejections: this.rejects.examples,
      unresolvedReferences: unresolved + stager.danglingReferences,
      unresolvedPatients: await countUnresolved(client),
      deleted,
    };
  }

  private resolve(client: Client, stager: Stager): Promise<number> {
    return resolveWaiting(client, {
      ...this.prepareOptions(),
      isEntry: (sequence) => stager.isEntry(sequence),
    });
  }

  private async merge(client: Client, stager: Stager): Promise<number> {
    const keepMeta = this.options.keepMeta ?? false;
    if (stager.hasHistory) await settleHistory(client, this.counts, keepMeta);
    const types = await keyStaged(client, this.counts, keepMeta);
    for (const session of this.sessions) await prepareMerging(session);
    const merger = new Merger({
      sessions: this.sessions,
      stager,
      counts: this.counts,
      keepMeta,
      withPatients: this.options.onPatients !== undefined,
      onType: (type) => {
        this.report('merging', type);
      },
    });
    await merger.merge(types);
    return stager.hasHistory ? applyDeletions(client, this.counts, keepMeta) : 0;
  }

  private makeStager(client: Client, side: Client): Stager {
    return new Stager(client, {
      ...this.prepareOptions(),
      counts: this.counts,
      rejects: this.rejects,
      side: new SideStaging(side),
      hasOthers: this.files.length > 1 && this.files.some(({ kind }) => kind === 'json'),
      onRead: (bytes) => {
        this.bytesRead += bytes;
        this.report('reading');
      },
    });
  }

  private prepareOptions(): PrepareOptions {
    return {
      keepMeta: this.options.keepMeta ?? false,
      bases: this.bases,
      // Only entries of Bundles may refer to others by identifier.
      withIdentifiers: this.files.some(({ kind }) => kind === 'json'),
    };
  }

  private report(phase: LoadProgress['phase'], type?: string): void {
    const { bytesRead, bytesTotal } = this;
    this.options.onProgress?.({
      phase,
      bytesRead,
      bytesTotal,
      ...(type === undefined ? {} : { type }),
    });
  }
}

function defaultRejectsFile(): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  return `load-rejects-${time}.ndjson`;
}
