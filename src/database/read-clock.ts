import type { DataSource } from 'typeorm';

import type { ClockReading, HostClock } from '../common';
import { withRunner } from './with-runner';

/** A tick of the service's clock, and when a process saw it, by `performance.now()`. */
export interface SeenTick {
  readonly ticks: string;
  readonly at: number;
}

interface Reader {
  readonly host: HostClock;
  /** By how many seconds the host's clock may differ from PostgreSQL's. */
  readonly bound: number;
  /** Undefined: this process has just started. */
  readonly seen?: SeenTick | undefined;
}

interface Row {
  readonly ticks: string;
  readonly time: number;
  readonly present: number;
}

/**
 * Reads the service's clock, and moves it on unless somebody else did since `seen`.
 *
 * What waits for a connection is not measured: the time from a tick to the next begins with an answer
 * and ends with a question, so that it never comes out too long.
 */
export function readClock(
  dataSource: DataSource,
  { host, bound, seen }: Reader,
): Promise<{ readonly reading: ClockReading; readonly seen: SeenTick }> {
  return withRunner(dataSource, async (runner) => {
    const askedAt = performance.now();
    const gone = seen ? (askedAt - seen.at) / 1000 : null;
    const [row] = (await runner.query(TICK, [
      seen?.ticks ?? null,
      gone,
      new Date(host.now()),
      bound,
    ])) as readonly Row[];
    if (!row) throw new Error('The clock of the service is missing.');
    const { ticks, time, present } = row;
    return {
      reading: { time, present, askedAt, bound },
      seen: seen?.ticks === ticks ? seen : { ticks, at: performance.now() },
    };
  });
}

const TICK = `
  select ticks, milliseconds.*
  from service.tick($1::bigint, $2, $3, $4) tick
  cross join lateral (
    select extract(epoch from service.now())::float8 * 1000 as time,
           extract(epoch from greatest(tick.server, service.now(),
             (select promised from clinical.store_clock)))::float8 * 1000 as present) milliseconds`;
