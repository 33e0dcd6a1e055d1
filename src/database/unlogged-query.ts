import { randomUUID } from 'node:crypto';

import type { ClientBase } from 'pg';
import { DataSource, EntityManager, type QueryRunner } from 'typeorm';

import { setUnlogged } from './unlogged-setting';
import { withRunner } from './with-runner';

const SETTING = 'bulk_data.parameters';

/** Statements of a connection that a failed transaction has left behind. */
const leftBehind = new WeakMap<ClientBase, string[]>();

/**
 * As `query`, for parameters that must not be in PostgreSQL's log, such as whom a search is
 * for: the statement is prepared without them, and executed with what setUnlogged has set. Types, plans
 * and results are those of `query`.
 *
 * @returns rows; an INSERT, UPDATE or DELETE gives those of its RETURNING
 */
export function queryUnlogged<T>(
  on: DataSource | EntityManager | QueryRunner,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly T[]> {
  const ask = (runner: QueryRunner): Promise<readonly T[]> => execute<T>(runner, sql, parameters);
  if (on instanceof DataSource) return withRunner(on, ask);
  if (!(on instanceof EntityManager)) return ask(on);
  return on.queryRunner ? ask(on.queryRunner) : withRunner(on.dataSource, ask);
}

async function execute<T>(
  runner: QueryRunner,
  sql: string,
  parameters: readonly unknown[],
): Promise<readonly T[]> {
  const client = (await runner.connect()) as ClientBase;
  for (const name of leftBehind.get(client)?.splice(0) ?? []) await deallocate(client, name);
  const name = `unlogged_${randomUUID().replaceAll('-', '')}`;
  await client.query(`prepare ${name} as ${sql}`);
  try {
    const types = await typesOf(client, name);
    const value = JSON.stringify(parameters.map(textOf));
    const extent = runner.isTransactionActive ? 'transaction' : 'session';
    await setUnlogged(client, { name: SETTING, value, extent });
    const given = types.map(
      (type, n) => `(current_setting('${SETTING}')::jsonb ->> ${n})::${type}`,
    );
    const list = given.length > 0 ? `(${given.join(', ')})` : '';
    return (await client.query<T & object>(`execute ${name}${list}`)).rows;
  } finally {
    await deallocate(client, name);
  }
}

async function typesOf(client: ClientBase, name: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ types: readonly string[] }>(
    'select parameter_types::text[] as types from pg_prepared_statements where name = $1',
    [name],
  );
  return rows[0]?.types ?? [];
}

/** In a transaction that has failed nothing can be done any more: the next one does it. */
async function deallocate(client: ClientBase, name: string): Promise<void> {
  try {
    await client.query(`deallocate ${name}`);
  } catch {
    leftBehind.set(client, [...(leftBehind.get(client) ?? []), name]);
  }
}

/** As PostgreSQL reads a value of any type. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return `{${value.map(elementOf).join(',')}}`;
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return `\\x${value.toString('hex')}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function elementOf(value: unknown): string {
  const text = textOf(value);
  return text === null ? 'null' : `"${text.replace(/["\\]/g, String.raw`\$&`)}"`;
}
