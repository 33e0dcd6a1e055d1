import { Client } from 'pg';

import type { TestApp } from './app';

/** Makes the PostgreSQL of a test raise what a server in trouble would. */
export interface StruckDatabase {
  /**
   * From now on every statement that reads one of the relations fails with this SQLSTATE, or those alone
   * that are like a pattern.
   */
  strike(code: string, statement?: string): Promise<void>;
  heal(): Promise<void>;
  /** For new connections; those of the service are cut. */
  setReadOnly(readOnly: boolean): Promise<void>;
  close(): Promise<void>;
}

/** Puts a view that can raise errors in front of each of these relations. */
export async function struckDatabase(
  { environment }: TestApp,
  tables: readonly string[],
): Promise<StruckDatabase> {
  const client = new Client({ connectionString: environment['DATABASE_URL'] });
  await client.connect();
  await client.query(FUNCTIONS);
  for (const table of tables) {
    const [schema, name] = table.split('.');
    await client.query(`alter table ${table} rename to ${name}_kept`);
    await client.query(
      `create view ${table} as select * from ${schema}.${name}_kept where struck.passes()`,
    );
  }
  return {
    strike: async (code, statement = '%') => {
      await client.query('update struck.state set code = $1, statement = $2', [code, statement]);
    },
    heal: async () => {
      await client.query('update struck.state set code = null');
    },
    setReadOnly: async (readOnly) => {
      await client.query(
        `do $$ begin execute format('alter database %I set default_transaction_read_only = ${readOnly}',
                                    current_database()); end $$`,
      );
      await client.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name = 'ehr-bulk-data'`,
      );
    },
    close: () => client.end(),
  };
}

const FUNCTIONS = `
  create schema struck;
  create table struck.state (code text, statement text not null);
  insert into struck.state values (null, '%');
  create function struck.passes() returns boolean language plpgsql as $$
  declare
    struck record;
    -- The query of an EXECUTE is its name alone.
    running text := coalesce(
      (select p.statement from pg_prepared_statements p where starts_with(current_query(), 'execute ' || p.name)),
      current_query());
  begin
    select * into struck from struck.state;
    if struck.code is null or running not ilike struck.statement then return true; end if;
    raise exception 'as a server in trouble' using errcode = struck.code;
  end $$;
  create function struck.statement() returns trigger language plpgsql as $$
  begin
    perform struck.passes();
    return null;
  end $$;`;
