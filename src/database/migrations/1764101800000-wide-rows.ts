import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * PostgreSQL moves values out of rows of more than 2 kB, and puts them together again from slices of that
 * size whenever they are read: for resources a little larger that doubles the cost of an export. Half a
 * page stays in its row; what is stored already moves when it is written again.
 */
export class WideRows1764101800000 implements MigrationInterface {
  name = 'WideRows1764101800000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of await tables(runner)) {
      await runner.query(`alter table ${table} set (toast_tuple_target = 4080)`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of await tables(runner)) {
      await runner.query(`alter table ${table} reset (toast_tuple_target)`);
    }
  }
}

/** Not what stands in their place: views keep nothing. */
async function tables(runner: QueryRunner): Promise<readonly string[]> {
  const rows = (await runner.query(`
    select c.oid::regclass::text as table from pg_class c
    where c.relkind = 'r' and (c.oid = 'clinical.resource_history'::regclass
      or c.oid in (select inhrelid from pg_inherits where inhparent = 'clinical.resource'::regclass))`)) as {
    table: string;
  }[];
  return rows.map(({ table }) => table);
}
