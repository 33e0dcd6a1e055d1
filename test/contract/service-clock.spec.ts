import { DataSource } from 'typeorm';

import { stepServer } from '../support/clock';
import { createTestDatabase, type TestDatabase } from '../support/database';

const BOUND = 30;

/** What the service's clock shows, in seconds since the test began, to a tenth. */
interface Shown {
  readonly time: number;
  readonly timer: number;
}

describe("The service's clock", () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let begun: number;

  beforeEach(async () => {
    database = await createTestDatabase();
    dataSource = await new DataSource({ type: 'postgres', url: database.url }).initialize();
    // Stands still but for the steps of a test.
    await stepServer(dataSource, 0);
    await dataSource.query(`
      create or replace function service.server_clock() returns timestamptz language sql volatile as $$
        select timestamptz '2026-01-01T00:00:00Z' + make_interval(secs => seconds) from service.test_step $$`);
    await dataSource.query(`update service.clock set ticks = 0, server = service.server_clock(),
      time = service.server_clock(), timer = service.server_clock()`);
    begun = Date.parse('2026-01-01T00:00:00Z') / 1000;
  });

  afterEach(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  /** A process looks at the clock, whose host shows so many seconds since the test began. */
  const look = async (seen: number | null, gone: number | null, host: number): Promise<void> => {
    await dataSource.query('select service.tick($1::bigint, $2, $3, $4)', [
      seen,
      gone,
      new Date((begun + host) * 1000),
      BOUND,
    ]);
  };
  const shown = async (): Promise<Shown> => {
    const [row] = await dataSource.query<Shown[]>(
      `select round(extract(epoch from service.now()) - $1, 1)::float8 as time,
              round(extract(epoch from service.timer()) - $1, 1)::float8 as timer`,
      [begun],
    );
    return row ?? { time: NaN, timer: NaN };
  };

  it('goes with PostgreSQL as that moves as the processes measure', async () => {
    await stepServer(dataSource, 1.2);
    await look(0, 1, 1.2);

    await expect(shown()).resolves.toStrictEqual({ time: 1.2, timer: 1.2 });
  });

  it.each([-86_400, -3600, -300, 300, 3600, 86_400])(
    'passes over a step of PostgreSQL by %i s that no host confirms',
    async (step) => {
      await stepServer(dataSource, step + 1);
      await look(0, 1, 1);
      await stepServer(dataSource, 1);
      await look(1, 1, 2);

      // What was shown between the step and the tick is not taken back.
      await expect(shown()).resolves.toStrictEqual({ time: 2, timer: step > 0 ? 6 : 2 });
    },
  );

  it.each([-3600, -300, 300, 3600])(
    'follows a step of PostgreSQL by %i s that a host confirms with the time of day, not the timer',
    async (step) => {
      await stepServer(dataSource, step + 1);
      await look(0, 1, step + 1);

      await expect(shown()).resolves.toStrictEqual({ time: step + 1, timer: step > 0 ? 5 : 1 });
    },
  );

  it.each([-86_400, 86_400])('does not follow a host that is off by %i s', async (off) => {
    await stepServer(dataSource, 1);
    await look(0, 1, 1 + off);

    await expect(shown()).resolves.toStrictEqual({ time: 1, timer: 1 });
  });

  it('is moved on by one process at a time', async () => {
    await stepServer(dataSource, 1);
    await Promise.all([look(0, 1, 1), look(0, 1, 1), look(0, 1, 1)]);

    await expect(shown()).resolves.toStrictEqual({ time: 1, timer: 1 });
  });

  it('goes on for five seconds at most when nobody moves it, and is never behind its last tick', async () => {
    await stepServer(dataSource, 1.5);
    const soon = await shown();
    await stepServer(dataSource, 3600);
    const late = await shown();
    await stepServer(dataSource, -7200);
    const back = await shown();

    expect([soon.timer, late.timer, back.timer]).toStrictEqual([1.5, 5, 0]);
  });

  it('counts the time in which no process ran when a host agrees on the present', async () => {
    await stepServer(dataSource, 28_800);
    await look(null, null, 28_801);

    await expect(shown()).resolves.toStrictEqual({ time: 28_800, timer: 28_800 });
  });

  it('does not count it when none does: what is kept is kept longer', async () => {
    await stepServer(dataSource, 86_400);
    await look(null, null, 0);

    await expect(shown()).resolves.toStrictEqual({ time: 86_400, timer: 0 });
  });
});
