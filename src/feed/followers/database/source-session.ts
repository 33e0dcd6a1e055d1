import { DataSource, type ObjectLiteral, type QueryRunner } from 'typeorm';

import { failureFields } from '../../../common';
import { type Dialect, dialectOf } from './dialect';
import type { Statement } from './statement-folder';

/** A row of a statement, its columns in lower case. */
export type SourceRow = Readonly<Record<string, unknown>>;

/** A statement of the folder failed. What is logged of it is the file and the code of the database. */
export class StatementError extends Error {
  readonly code: string;

  constructor(file: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${reason}`, options);
    this.name = 'StatementError';
    this.code = `${file}: ${reason}`;
  }
}

/** A session with the database that is followed; nothing is ever written in it. */
export class SourceSession {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly runner: QueryRunner,
    readonly dialect: Dialect,
  ) {}

  /** @throws what the driver says; TypeORM's DriverPackageNotInstalledError names a missing package */
  static async open(url: string): Promise<SourceSession> {
    const dialect = dialectOf(url);
    const dataSource = await new DataSource(dialect.options(url)).initialize();
    // The pool of a source has one session, which is held from here to the end.
    // oxlint-disable-next-line syntax/no-restricted-syntax -- none of the service's own connections
    const runner = dataSource.createQueryRunner();
    const session = new SourceSession(dataSource, runner, dialect);
    try {
      for (const sql of dialect.session) await session.runner.query(sql);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  async query<T>(sql: string): Promise<T | undefined> {
    const rows = (await this.runner.query(sql)) as readonly T[];
    return rows[0];
  }

  /** From here on one state of the database is seen, where it can do that. */
  async freeze(): Promise<void> {
    const { snapshot } = this.dialect;
    if (snapshot !== undefined) await this.runner.query(snapshot);
  }

  /**
   * The rows of a statement, as they come. Whoever does not read them to the end closes the session.
   *
   * @throws StatementError
   */
  async *rows(
    { sql, file }: Statement,
    signal: AbortSignal,
    parameters: ObjectLiteral = {},
  ): AsyncGenerator<SourceRow, void> {
    const [text, values] = this.dataSource.driver.escapeQueryWithParameters(sql, parameters);
    try {
      const stream: unknown = await this.runner.stream(text, values);
      for await (const row of stream as AsyncIterable<SourceRow>) {
        signal.throwIfAborted();
        yield lowerCase(row);
      }
    } catch (error) {
      if (signal.aborted) throw error;
      const { error: name, code } = failureFields(error);
      throw new StatementError(file, code ?? name, { cause: error });
    }
  }

  /** Breaks off whatever is under way. */
  async close(): Promise<void> {
    const connection = (await this.runner.connect().catch(() => undefined)) as
      | { readonly destroy?: () => void }
      | undefined;
    // MySQL's driver would wait until somebody has read the rest of the rows.
    if (this.dataSource.options.type === 'mysql') connection?.destroy?.();
    await this.runner.release().catch(() => undefined);
    await this.dataSource.destroy().catch(() => undefined);
  }
}

/** Oracle has names of columns in upper case. */
function lowerCase(row: SourceRow): SourceRow {
  if ('id' in row) return row;
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
