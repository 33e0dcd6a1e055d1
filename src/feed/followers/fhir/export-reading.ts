import type { Manifest, ManifestFile } from '@app/smart-client';

import type { Clock } from '../../../common';
import type { Change, Checkpoint } from '../change-source';
import { type Clocks, noLater, putBack } from '../marks';
import { changeOfLine, deletionsOfLine } from './line-changes';
import type { ServerExport } from './server-export';
import { LostExportError } from './source.errors';

/** Where reading by exports goes on. */
export interface ExportCursor {
  readonly by: 'export';
  /** What is exported: when it has changed, everything is read anew. */
  readonly scope: string;
  /** The last export that was read to its end. */
  readonly last?: Clocks & { readonly transactionTime: string };
  readonly begun?: BegunExport;
  /** Status of an export that is not needed any more. */
  readonly finished?: string;
}

interface BegunExport extends Clocks {
  readonly statusUrl: string;
  /** Known once a file was read, as is how many files were, and lines of the next. */
  readonly transactionTime?: string;
  readonly files: number;
  readonly lines: number;
}

interface ExportedFile extends ManifestFile {
  readonly isDeleted: boolean;
}

type Items = AsyncGenerator<Change | Checkpoint, void>;

const LINES_BETWEEN_CHECKPOINTS = 1000;
/** Clocks that are read over a network differ by so much without being put back. */
const UNCERTAINTY_MILLISECONDS = 5000;

/** Reads what has changed by one export of the server. */
export class ExportReading {
  /** @param isFollowed tells of each resource whether it is wanted */
  constructor(
    private readonly exporting: ServerExport,
    private readonly clock: Clock,
    private readonly isFollowed: (change: Change) => boolean,
    private readonly signal: AbortSignal,
  ) {}

  /** An export that is gone is replaced by another, once. */
  async *changes(kept: ExportCursor, now: Clocks): Items {
    let cursor = await this.finished(kept);
    for (let isSecond = false; ; isSecond = true) {
      const isResumed = cursor.begun !== undefined;
      const begun = cursor.begun ?? (await this.begin(cursor, now));
      cursor = { ...cursor, begun };
      yield { cursor, isUrgent: !isResumed };
      try {
        yield* this.read(cursor, begun);
        return;
      } catch (error) {
        if (!(error instanceof LostExportError)) throw error;
        const { scope, last } = cursor;
        cursor = { by: 'export', scope, ...(last && { last }) };
        if (!error.isGone) cursor = { ...cursor, finished: begun.statusUrl };
        if (error.isGone && !isSecond) continue;
        yield { cursor, isUrgent: true };
        throw error;
      }
    }
  }

  private async finished({ finished, ...cursor }: ExportCursor): Promise<ExportCursor> {
    if (finished !== undefined) await this.exporting.finish(finished);
    return cursor;
  }

  private async begin({ last }: ExportCursor, clocks: Clocks): Promise<BegunExport> {
    const statusUrl = await this.exporting.start(last && beginning(last, clocks));
    return { statusUrl, ...clocks, files: 0, lines: 0 };
  }

  private async *read(cursor: ExportCursor, begun: BegunExport): Items {
    const { statusUrl, clock, ownClock } = begun;
    const manifest = await this.exporting.manifest(statusUrl, ownClock, this.signal);
    const { transactionTime } = manifest;
    // Whatever a server does, lines of one export are never counted in another.
    const from = begun.transactionTime === transactionTime ? begun : { files: 0, lines: 0 };
    const within = { statusUrl, clock, ownClock, transactionTime };
    for (const [index, file] of filesOf(manifest).entries()) {
      if (index < from.files) continue;
      const skipped = index === from.files ? from.lines : 0;
      for await (const item of this.readFile(file, manifest, skipped)) {
        if (typeof item !== 'number') yield item;
        else yield { cursor: { ...cursor, begun: { ...within, files: index, lines: item } } };
      }
      yield { cursor: { ...cursor, begun: { ...within, files: index + 1, lines: 0 } } };
    }
    if ((await this.exporting.faults(manifest)) > 0) {
      throw new LostExportError('an export tells of errors, and is not the whole', false);
    }
    yield {
      cursor: {
        ...{ by: 'export', scope: cursor.scope, finished: statusUrl },
        last: { transactionTime, clock, ownClock },
      } satisfies ExportCursor,
      upTo: noLater(transactionTime, this.clock.now().toISOString()),
    };
  }

  /** The changes of a file, and numbers: how many lines are read. */
  private async *readFile(
    file: ExportedFile,
    manifest: Manifest,
    skipped: number,
  ): AsyncGenerator<Change | number, void> {
    let resources = 0;
    for await (const { number, text } of this.exporting.lines(file, manifest)) {
      if (text?.length === 0) continue;
      resources += 1;
      if (number <= skipped) continue;
      for (const change of changesOf(file, text)) if (this.isFollowed(change)) yield change;
      if (number % LINES_BETWEEN_CHECKPOINTS === 0) yield number;
    }
    requireCount(file, resources);
  }
}

/** Of deletions, servers count Bundles or entries. */
function requireCount({ isDeleted, count }: ExportedFile, resources: number): void {
  if (isDeleted || count === undefined || count === resources) return;
  throw new LostExportError('a file has not as many lines as its manifest says', false);
}

/** What is deleted comes first: what a server tells of as both is there. */
function filesOf({ deleted = [], output }: Manifest): readonly ExportedFile[] {
  return [
    ...deleted.map((file) => ({ ...file, isDeleted: true })),
    ...output.map((file) => ({ ...file, isDeleted: false })),
  ];
}

function changesOf({ type, isDeleted }: ExportedFile, text: Buffer | undefined): readonly Change[] {
  if (text === undefined) return [{ type, id: '', content: undefined }];
  return isDeleted ? deletionsOfLine(text) : [changeOfLine(text)];
}

/** `_since`: the last transactionTime, letter by letter, unless the clock was put back since. */
function beginning(last: NonNullable<ExportCursor['last']>, now: Clocks): string {
  const back = putBack(last, now);
  if (back <= UNCERTAINTY_MILLISECONDS) return last.transactionTime;
  return new Date(Date.parse(last.transactionTime) - back).toISOString();
}
