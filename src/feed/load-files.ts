import type { Client } from 'pg';

import { type AuditOutcome, recordIn } from '../audit';
import { ChangeSet } from './change-set';
import type { LoadOptions, LoadProgress, LoadSummary } from './load.types';
import { readLoadedPatients } from './merging/loaded-patients';
import { findInputFiles, type InputFile } from './reading/input-files';
import { RejectReport } from './reject-report';
import { countUnresolved } from './staging/note-unresolved';
import { withStaging } from './staging/staging';
import { type Sessions, withWriter } from './with-writer';

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
 * @throws LoadError when a path cannot be read, when a full extract lacks more than may be deleted, or
 *   when another program writes to the same resources
 */
export async function loadFiles(
  databaseUrl: string,
  paths: readonly string[],
  options: LoadOptions = {},
): Promise<LoadSummary> {
  const files = await findInputFiles(paths);
  const rejects = new RejectReport(options.rejectsFile ?? defaultRejectsFile());
  const load = new Load(files, options, rejects);
  try {
    return await withWriter(databaseUrl, load.waiting, (sessions) => load.run(sessions));
  } finally {
    rejects.close();
  }
}

/** One load. */
class Load {
  /** For ever, if need be. */
  readonly waiting = {
    patience: Infinity,
    onWait: (): void => {
      this.report('waiting');
    },
  };
  private readonly startedAt = performance.now();
  private readonly bytesTotal: number;
  private bytesRead = 0;

  constructor(
    private readonly files: readonly InputFile[],
    private readonly options: LoadOptions,
    private readonly rejects: RejectReport,
  ) {
    this.bytesTotal = files.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  run(sessions: Sessions): Promise<LoadSummary> {
    return withStaging(sessions, () => this.loadWith(sessions));
  }

  private async loadWith(sessions: Sessions): Promise<LoadSummary> {
    const { complete, isDryRun = false, onPatients } = this.options;
    const [client] = sessions;
    const changes = await this.stage(sessions);
    const compared = complete ? await changes.compare(complete) : [];
    if (!isDryRun) {
      await changes.deleteMissing(compared, complete?.asOf);
      await this.merge(client, changes);
      await onPatients?.(readLoadedPatients(client));
    }
    return {
      types: changes.counts.sorted(),
      bytes: changes.bytes,
      seconds: (performance.now() - this.startedAt) / 1000,
      rejected: this.rejects.count,
      rejectsFile: this.rejects.path,
      rejections: this.rejects.examples,
      unresolvedReferences: changes.danglingReferences,
      unresolvedPatients: await countUnresolved(client),
      deleted: changes.deleted,
      complete: compared,
      isDryRun,
    };
  }

  /** Types that are merged stay so when a later one fails: that goes on record, too. */
  private async merge(client: Client, changes: ChangeSet): Promise<void> {
    const { complete } = this.options;
    const record = (outcome: AuditOutcome): Promise<void> =>
      recordIn(client, [
        {
          ...{ action: 'store.loaded', outcome },
          detail: {
            ...{ files: this.files.length, written: changes.counts.written },
            ...{ deleted: changes.deleted, rejected: this.rejects.count },
            ...(complete && { complete: complete.types }),
          },
        },
      ]);
    try {
      await changes.mergeByType();
    } catch (error) {
      await record('failed').catch(() => undefined);
      throw error;
    }
    await record('success');
  }

  private stage(sessions: Sessions): Promise<ChangeSet> {
    const { keepMeta = false, bases = [], otherBases = [], onPatients } = this.options;
    return ChangeSet.stage(sessions, this.files, {
      keepMeta,
      bases,
      otherBases,
      rejects: this.rejects,
      withPatients: onPatients !== undefined,
      onRead: (bytes) => {
        this.bytesRead += bytes;
        this.report('reading');
      },
      onPhase: (phase, type) => {
        this.report(phase, type);
      },
    });
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
