import type { Clock } from '../../../common';
import type { DatabaseSourceConfig } from '../../../config';
import type { Change, ChangeSource, Checkpoint } from '../change-source';
import { type Mark, nextBeginning, noLater } from '../marks';
import { readInstant } from './instants';
import { changeOf } from './row-change';
import { SourceSession, StatementError } from './source-session';
import type { TypeStatements } from './statement-folder';
import { takeMark } from './watermark';

/** Where reading goes on. */
interface DatabaseCursor {
  /** Of the last reading that was completed. */
  readonly mark?: Mark | undefined;
  /** Digests of the statements that it used, by type: what they give was read from the beginning on. */
  readonly statements: Readonly<Record<string, string>>;
  /** A reading that has begun. */
  readonly begun?: Begun | undefined;
}

interface Begun {
  readonly mark: Mark;
  /** Digests of the statements whose rows are all read, by type. */
  readonly read: Readonly<Record<string, string>>;
  /** How far the rows of a further type are read, which come in the order of their changes. */
  readonly within?: { readonly type: string; readonly digest: string; readonly from: string };
}

/** What one reading goes by. */
interface Reading {
  readonly cursor: DatabaseCursor;
  readonly begun: Begun;
  readonly signal: AbortSignal;
}

const ROWS_BETWEEN_CHECKPOINTS = 1000;

/** A relational database, read by one statement per type. */
export class DatabaseSource implements ChangeSource {
  readonly feed: string;
  readonly poll: number;
  readonly listedTypes: readonly string[];
  /** While changes are read. */
  private session: SourceSession | undefined;

  /** @param onLeftOut told of each row without a resource of its type and id */
  constructor(
    private readonly config: DatabaseSourceConfig,
    private readonly statements: readonly TypeStatements[],
    private readonly clock: Clock,
    private readonly onLeftOut: (type: string) => void,
  ) {
    this.feed = config.feed;
    this.poll = config.poll;
    this.listedTypes = statements.filter(({ ids }) => ids).map(({ type }) => type);
  }

  async *changes(
    kept: unknown,
    isCompared: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<Change | Checkpoint, void> {
    const cursor = (kept ?? { statements: {} }) as DatabaseCursor;
    const session = await SourceSession.open(this.config.url);
    this.session = session;
    try {
      const begun = cursor.begun ?? { mark: await this.mark(session, cursor.mark), read: {} };
      if (isCompared) await session.freeze();
      yield { cursor: { ...cursor, begun } };
      yield* this.read(session, { cursor, begun, signal });
    } finally {
      this.session = undefined;
      await session.close();
    }
  }

  async *ids(type: string, signal: AbortSignal): AsyncGenerator<string, void> {
    const statement = this.statements.find((one) => one.type === type)?.ids;
    if (!statement || !this.session) throw new Error(`No ids of ${type} can be listed now.`);
    for await (const row of this.session.rows(statement, signal)) {
      requireColumns(statement.file, row, ['id']);
      yield String(row['id']);
    }
  }

  private async *read(
    session: SourceSession,
    { cursor, begun: before, signal }: Reading,
  ): AsyncGenerator<Change | Checkpoint, void> {
    let begun = before;
    for (const statements of this.statements) {
      const { type, digest } = statements;
      if (begun.read[type] === digest) continue;
      const since = this.beginning(session, statements, cursor, begun);
      yield* this.readType(session, statements, { since, cursor, begun, signal });
      begun = { mark: begun.mark, read: { ...begun.read, [type]: digest } };
      yield { cursor: { ...cursor, begun } };
    }
    const { mark, read } = begun;
    const upTo = noLater(mark.settled, mark.ownClock);
    yield { cursor: { mark, statements: read } satisfies DatabaseCursor, upTo };
  }

  private mark(session: SourceSession, before: Mark | undefined): Promise<Mark> {
    return takeMark(session, this.config, this.clock.now(), before);
  }

  private beginning(
    { dialect }: SourceSession,
    { type, digest }: TypeStatements,
    { mark, statements }: DatabaseCursor,
    begun: Begun,
  ): Date {
    const { within } = begun;
    if (within?.type === type && within.digest === digest) return new Date(within.from);
    if (!mark || statements[type] !== digest) return dialect.beginning;
    const next = nextBeginning(mark, begun.mark, this.config);
    return next < dialect.beginning ? dialect.beginning : next;
  }

  private async *readType(
    session: SourceSession,
    { type, digest, changes, isOrdered }: TypeStatements,
    { since, cursor, begun, signal }: Reading & { readonly since: Date },
  ): AsyncGenerator<Change | Checkpoint, void> {
    let rows = 0;
    const parameters = { since: session.dialect.parameter(since) };
    for await (const row of session.rows(changes, signal, parameters)) {
      if (rows === 0) requireColumns(changes.file, row, ['id', 'changed_at', 'deleted', 'content']);
      rows += 1;
      const change = changeOf(type, row);
      if (change) yield change;
      else this.onLeftOut(type);
      const from = readInstant(row['changed_at']);
      if (!isOrdered || !from || rows % ROWS_BETWEEN_CHECKPOINTS > 0) continue;
      const within = { type, digest, from: from.toISOString() };
      yield { cursor: { ...cursor, begun: { ...begun, within } } };
    }
  }
}

function requireColumns(file: string, row: object, columns: readonly string[]): void {
  const missing = columns.find((column) => !(column in row));
  if (missing !== undefined) throw new StatementError(file, `it gives no column ${missing}`);
}
