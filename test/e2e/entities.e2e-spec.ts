import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { DataSource, type EntityMetadata } from 'typeorm';

import { createTestDatabase, type TestDatabase } from '../support/database';

const SOURCES = join(__dirname, '../../src');

/** Columns that no entity has, and why. */
const WITHOUT_PROPERTY = [
  // TypeORM knows no pg_lsn; one statement alone uses it.
  'export.job.replica_position pg_lsn',
];

describe('Entities', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
    const modules = await Promise.all(
      files
        .filter((file) => file.endsWith('.entity.ts'))
        .map(async (file) => (await import(join(SOURCES, file))) as object),
    );
    const entities = modules.flatMap((module) =>
      Object.values(module).filter((value): value is () => void => typeof value === 'function'),
    );
    dataSource = await new DataSource({
      type: 'postgres',
      url: database.url,
      entities,
      installExtensions: false,
    }).initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  it('have the columns that migrations make, of the same types, and null in the same ones', async () => {
    const declared = dataSource.entityMetadatas.flatMap(columnsOf);

    const made = await dataSource.query<{ column: string }[]>(MADE, [
      dataSource.entityMetadatas.map(({ tablePath }) => tablePath),
    ]);

    expect(declared.length).toBeGreaterThan(80);
    expect([...declared, ...WITHOUT_PROPERTY].sort()).toStrictEqual(
      made.map(({ column }) => column).sort(),
    );
  });

  it('are what the control plane keeps: jobs, parts, files, feeds and their batches, groups, their versions and members, apps, sessions of operators and the audit record', () => {
    const tables = dataSource.entityMetadatas.map(({ tablePath }) => tablePath).sort();

    expect(tables).toStrictEqual([
      'audit.event',
      'auth.app',
      'auth.operator_session',
      'export.file',
      'export.job',
      'export.part',
      'feed.batch',
      'feed.feed',
      'feed.rejected_line',
      'groups.group_version',
      'groups.member',
      'groups.patient_group',
    ]);
  });

  function columnsOf({ tablePath, columns }: EntityMetadata): readonly string[] {
    return columns.map((column) => {
      const type = `${dataSource.driver.normalizeType(column)}${column.isArray ? '[]' : ''}`;
      const key = column.isPrimary ? ' key' : '';
      return `${tablePath}.${column.databaseName} ${type}${column.isNullable ? '' : ' not null'}${key}`;
    });
  }
});

const MADE = `
  select format('%s %s%s%s', t.path || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
                case when a.attnotnull then ' not null' else '' end,
                case when k.conkey @> array[a.attnum] then ' key' else '' end) as column
  from unnest($1::text[]) as t (path)
  join pg_attribute a on a.attrelid = t.path::regclass and a.attnum > 0 and not a.attisdropped
  left join pg_constraint k on k.conrelid = a.attrelid and k.contype = 'p'`;
