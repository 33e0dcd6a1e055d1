import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { PeriodicTask, type Step } from '../../src/common';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { until } from '../support/until';

class Sample extends PeriodicTask {
  protected readonly milliseconds = 1;

  constructor(protected readonly steps: Readonly<Record<string, Step>>) {
    super();
  }
}

describe(PeriodicTask.name, () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** Runs until every step was begun three times. @returns what was logged */
  async function logged(steps: Readonly<Record<string, Step>>): Promise<readonly unknown[]> {
    const lines: unknown[] = [];
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation((line: unknown) => {
      lines.push(line);
    });
    const begun = new Map(Object.keys(steps).map((name) => [name, 0]));
    const counted = Object.entries(steps).map(([name, step]): [string, Step] => [
      name,
      (signal) => {
        begun.set(name, (begun.get(name) ?? 0) + 1);
        return step(signal);
      },
    ]);
    const task = new Sample(Object.fromEntries(counted));
    task.onApplicationBootstrap();
    await until('three rounds', () => [...begun.values()].every((times) => times >= 3));
    await task.onApplicationShutdown();
    warn.mockRestore();
    return lines;
  }

  const twice = `insert into auth.used_assertion (app_id, jti, expires_at)
                 values ('Jane Doe', 'x', 'infinity'), ('Jane Doe', 'x', 'infinity')`;

  it('goes on after a step that fails, and tells once which, where, and with which code', async () => {
    const lines = await logged({
      insert: () => dataSource.query(twice),
      connect: () => new DataSource({ type: 'postgres', host: '127.0.0.1', port: 1 }).initialize(),
      rest: () => Promise.resolve(),
    });

    expect(lines).toStrictEqual([
      {
        step: 'insert',
        rounds: 1,
        error: 'QueryFailedError',
        code: '23505',
        statement: 'insert into auth.used_assertion',
        constraint: 'used_assertion_pkey',
      },
      {
        step: 'connect',
        rounds: 1,
        error: 'Error',
        code: 'ECONNREFUSED',
        statement: 'connect',
        constraint: undefined,
      },
    ]);
  });

  it('tells again of a step that fails in another way', async () => {
    let rounds = 0;
    const lines = await logged({
      change: () => Promise.reject(new (rounds++ === 0 ? RangeError : TypeError)('Jane Doe')),
    });

    expect(lines).toMatchObject([{ error: 'RangeError' }, { error: 'TypeError' }]);
    expect(JSON.stringify(lines)).not.toContain('Jane');
  });
});
