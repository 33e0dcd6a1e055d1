import { setTimeout as delay } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { Clock, HostClock } from '../../src/common';

/** A host whose clock is off by so many seconds, on top of what the tests let pass. */
export class TestHostClock extends HostClock {
  constructor(
    private readonly passed: { readonly milliseconds: number },
    public ahead = 0,
  ) {
    super();
  }

  override now(): number {
    return super.now() + this.passed.milliseconds + this.ahead * 1000;
  }

  override elapsed(): number {
    return super.elapsed() + this.passed.milliseconds;
  }
}

/** The service's clock in one process, which can be stopped: for tests of limits to the second. */
export class StoppableClock extends Clock {
  private stopped: { readonly at: number; readonly passed: number } | undefined;

  constructor(
    host: HostClock,
    private readonly passed: { readonly milliseconds: number },
  ) {
    super(host);
  }

  stop(): void {
    this.stopped = { at: super.now().getTime(), passed: this.passed.milliseconds };
  }

  override now(): Date {
    if (!this.stopped) return super.now();
    return new Date(this.stopped.at + this.passed.milliseconds - this.stopped.passed);
  }
}

/** Time as the tests let it pass, for all processes of a service that run within this one. */
export class TestTime {
  milliseconds = 0;
  /** Reads the service's clock anew, in each process. */
  private readonly readers = new Set<() => Promise<void>>();

  /** @returns what is to be called when the process ends */
  join(read: () => Promise<void>): () => void {
    this.readers.add(read);
    return () => this.readers.delete(read);
  }

  /** So many seconds pass: for PostgreSQL, for every host, and for whoever measures. */
  async advance(dataSource: DataSource, seconds: number): Promise<void> {
    this.milliseconds += seconds * 1000;
    await dataSource.query(
      `update service.clock set ticks = ticks + 1,
         server = service.server_clock() + make_interval(secs => $1),
         time = service.now() + make_interval(secs => $1),
         timer = service.timer() + make_interval(secs => $1)`,
      [seconds],
    );
    await stepServer(dataSource, seconds);
    await Promise.all([...this.readers].map((read) => read()));
  }
}

/** The clock of PostgreSQL's own host steps, and nobody has waited. */
export async function stepServer(dataSource: DataSource, seconds: number): Promise<void> {
  const [row] = await dataSource.query<{ step: string | null }[]>(
    `select to_regclass('service.test_step') as step`,
  );
  if (!row?.step) {
    await dataSource.query(`
      create table service.test_step as select 0::float8 as seconds;
      create or replace function service.server_clock() returns timestamptz language sql volatile as $$
        select clock_timestamp() + make_interval(secs => seconds) from service.test_step $$`);
  }
  await dataSource.query('update service.test_step set seconds = seconds + $1', [seconds]);
}

/** Lets the processes look at the clocks: each does within a second. */
export async function ticked(dataSource: DataSource, times = 2): Promise<void> {
  const ticks = async (): Promise<number> => {
    const [row] = await dataSource.query<{ ticks: string }[]>('select ticks from service.clock');
    return Number(row?.ticks);
  };
  const begun = await ticks();
  while ((await ticks()) < begun + times) await delay(50);
}

/** What a test sees and does of the time of a service. */
export class TestClock {
  constructor(
    private readonly dataSource: DataSource,
    readonly time: TestTime,
    private readonly clock: StoppableClock,
    /** Of this process alone. */
    readonly host: TestHostClock,
  ) {}

  /** The service's time of day. */
  now(): Date {
    return this.clock.now();
  }

  /** Stops the service's clock in this process, but for `advance`. */
  stop(): void {
    this.clock.stop();
  }

  /** Lets so many seconds pass, for everybody. */
  advance(seconds: number): Promise<void> {
    return this.time.advance(this.dataSource, seconds);
  }
}
