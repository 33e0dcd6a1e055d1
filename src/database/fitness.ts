import { MIGRATIONS } from './migrations';

type Query = <T>(sql: string) => Promise<T[]>;

/** The database cannot be used as it is; the message says what to do. */
export class UnfitDatabaseError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnfitDatabaseError';
  }
}

/** @throws UnfitDatabaseError while the database is read-only; an error of PostgreSQL when it is full */
export async function requireWritable(query: Query): Promise<void> {
  const [row] = await query<{ readOnly: boolean }>(
    `select pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as "readOnly"`,
  );
  if (row?.readOnly !== false) throw new UnfitDatabaseError('The database is read-only.');
  await query(SPILL);
}

/** Sorts more than fits into memory, by a file: nothing is kept, and a disk that is full shows. */
const SPILL = `
  select set_config('work_mem', '64kB', true);
  select count(*) from (select i from generate_series(1, 8000) i order by md5(i::text) offset 0) sorted`;

/** @throws UnfitDatabaseError when migrations are missing, or the encoding is not UTF8 */
export async function requireSchema(query: Query): Promise<void> {
  const [found] = await query<{ encoding: string; migrated: boolean }>(
    `select pg_encoding_to_char(encoding) as encoding, to_regclass('schema_migration') is not null as migrated
     from pg_database where datname = current_database()`,
  );
  if (found?.encoding !== 'UTF8') {
    throw new UnfitDatabaseError(
      'The database must be created with encoding UTF8: FHIR JSON is UTF-8.',
    );
  }
  const done = found.migrated
    ? await query<{ name: string }>('select name from schema_migration')
    : [];
  const names = new Set(done.map(({ name }) => name));
  const missing = MIGRATIONS.filter(({ name }) => !names.has(name)).length;
  if (missing > 0) {
    throw new UnfitDatabaseError(
      `The database schema is not up to date, ${missing} migration(s) are missing: run the \`migrate\` command first.`,
    );
  }
}
