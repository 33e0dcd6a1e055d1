import type { DataSource } from 'typeorm';

import { Clock, HostClock } from '../common';
import type { Config } from '../config';
import { readClock } from '../database';

/** The service's clock as it is now, for a command that soon ends. */
export async function currentClock(dataSource: DataSource, { clockSkew }: Config): Promise<Clock> {
  const host = new HostClock();
  const clock = new Clock(host);
  const { reading } = await readClock(dataSource, { host, bound: clockSkew });
  clock.set(reading);
  return clock;
}
