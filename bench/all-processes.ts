import Redis from 'ioredis';

import type { Bench, Served } from './bench';
import { postmasterOf } from './ingest/ingested';
import { familyCpuSeconds, usageOf } from './process-usage';

/** CPU seconds by process, up to now. */
export interface CpuSeconds {
  readonly api: number;
  readonly worker: number;
  readonly postgresql: number;
  readonly redis: number;
}

export type CpuMeter = () => Promise<CpuSeconds>;

/** Reads what api, workers, PostgreSQL and Redis have used; NaN where the system does not say. */
export async function cpuMeter(
  { databaseUrl, redisUrl }: Bench,
  served: Served,
): Promise<CpuMeter> {
  const postmaster = await postmasterOf(databaseUrl);
  const { api, workers } = served.service;
  return async () => ({
    api: usageOf(api).cpuSeconds ?? NaN,
    worker: workers.reduce((sum, worker) => sum + (usageOf(worker).cpuSeconds ?? NaN), 0),
    postgresql: (postmaster === undefined ? undefined : familyCpuSeconds(postmaster)) ?? NaN,
    redis: await redisCpuSeconds(redisUrl),
  });
}

/** What has been used between two readings. */
export function usedBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return {
    api: after.api - before.api,
    worker: after.worker - before.worker,
    postgresql: after.postgresql - before.postgresql,
    redis: after.redis - before.redis,
  };
}

export function totalOf({ api, worker, postgresql, redis }: CpuSeconds): number {
  return api + worker + postgresql + redis;
}

async function redisCpuSeconds(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const info = await redis.info('cpu');
    return [/^used_cpu_sys:([\d.]+)/m, /^used_cpu_user:([\d.]+)/m]
      .map((figure) => Number(figure.exec(info)?.[1] ?? NaN))
      .reduce((sum, seconds) => sum + seconds, 0);
  } finally {
    redis.disconnect();
  }
}
