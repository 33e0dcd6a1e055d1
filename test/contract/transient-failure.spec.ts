import { Client, Pool } from 'pg';
import { DataSource } from 'typeorm';

import { isTransientFailure } from '../../src/common/transient-failure';
import { required } from '../support/database';
import { until } from '../support/until';

async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  return attempt.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe(isTransientFailure.name, () => {
  const connected = async (): Promise<Client> => {
    const client = new Client({ connectionString: required('TEST_DATABASE_URL') });
    // Without a listener a connection that breaks is an uncaught exception.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };

  it('is true of a server that is not there, and of a connection that was cut (ST-12)', async () => {
    const nobody = new Client({ host: '127.0.0.1', port: 1 });
    const client = await connected();

    const failures = [
      await failureOf(nobody.connect()),
      await failureOf(client.query('select pg_terminate_backend(pg_backend_pid())')),
    ];

    expect(failures.map(isTransientFailure)).toStrictEqual([true, true]);
    expect(isTransientFailure(new Error('wrapped', { cause: failures[0] }))).toBe(true);
  });

  it('is true of what node-postgres and TypeORM say without a code (ST-12)', async () => {
    const url = required('TEST_DATABASE_URL');
    const pool = new Pool({ connectionString: url, max: 1, connectionTimeoutMillis: 3000 });
    pool.on('error', () => undefined);
    const taken = await pool.connect();
    const waited = await failureOf(pool.query('select 1'));
    taken.release();
    await pool.end();
    const closed = new Client({ connectionString: url });
    await closed.connect();
    await closed.end();
    const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    const cut = await failureOf(runner.query('select pg_terminate_backend(pg_backend_pid())'));
    const between = await until('TypeORM knows of the loss', () => runner.isReleased).then(() =>
      failureOf(runner.query('select 1')),
    );
    await dataSource.destroy();

    const failures = [
      waited,
      await failureOf(pool.query('select 1')),
      await failureOf(closed.query('select 1')),
      cut,
      between,
      await failureOf(dataSource.query('select 1')),
    ];

    expect(failures.map(isTransientFailure)).toStrictEqual(failures.map(() => true));
  });

  it('is false of a statement that fails, and of whatever is no failure of a connection', async () => {
    const client = await connected();
    const failure = await failureOf(client.query('select 1 / 0'));
    await client.end();

    expect(
      [failure, new Error('x'), undefined, 'ECONNREFUSED'].map(isTransientFailure),
    ).toStrictEqual([false, false, false, false]);
  });
});
