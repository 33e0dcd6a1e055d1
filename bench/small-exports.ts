import { setTimeout as delay } from 'node:timers/promises';

import { type CpuMeter, type CpuSeconds, totalOf, usedBetween } from './all-processes';
import type { Bench, Served } from './bench';
import { median, rounded } from './figures';
import { TYPES } from './round';

/** How often the record of exports is looked at: seldom enough to cost nothing beside them. */
const LOOK_MILLISECONDS = 20;

/** Some exports of a group, kicked off together. */
export interface Exports {
  readonly statusUrls: readonly string[];
  /** From the first kick-off until all were complete, by the service's own record. */
  readonly seconds: number;
}

/** What one export took, its share of all processes. */
export interface SmallExport {
  readonly seconds: number;
  readonly cpu: CpuSeconds;
}

/** Exports a group so often at once, and waits until all are complete. */
export async function exportAtOnce(
  bench: Bench,
  { client }: Served,
  { group, count }: { readonly group: string; readonly count: number },
): Promise<Exports> {
  const kickOffs = Array.from({ length: count }, () => client.kickOff(group, { types: TYPES }));
  const statusUrls = await Promise.all(kickOffs);
  const ids = statusUrls.map((url) => url.slice(url.lastIndexOf('/') + 1));
  for (;;) {
    bench.signal.throwIfAborted();
    const { rows } = await bench.database.query<Ended>(ENDED, [ids]);
    const [{ completed, failed, seconds } = NOTHING] = rows;
    if (failed > 0) throw new Error('An export failed: see the log of the worker.');
    if (completed === count) return { statusUrls, seconds };
    await delay(LOOK_MILLISECONDS);
  }
}

/** One after the other, so often that small figures add up: CPU is counted in hundredths of a second. */
export async function exportsInTurn(
  bench: Bench,
  served: Served,
  {
    group,
    count,
    meter,
    after,
  }: {
    readonly group: string;
    readonly count: number;
    readonly meter: CpuMeter;
    /** What is done with each that is complete, and counts. */
    readonly after?: (statusUrl: string) => Promise<void>;
  },
): Promise<SmallExport> {
  const before = await meter();
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const { seconds, statusUrls } = await exportAtOnce(bench, served, { group, count: 1 });
    times.push(seconds);
    for (const url of statusUrls) await after?.(url);
  }
  const { api, worker, postgresql, redis } = usedBetween(before, await meter());
  return {
    seconds: median(times),
    cpu: {
      api: api / count,
      worker: worker / count,
      postgresql: postgresql / count,
      redis: redis / count,
    },
  };
}

/** Medians over rounds, CPU in seconds. */
export function smallFigures(
  rounds: readonly SmallExport[],
): Readonly<Record<string, number | null>> {
  const of = (figure: (round: SmallExport) => number): number | null => {
    const middle = median(rounds.map(figure));
    return Number.isNaN(middle) ? null : rounded(middle);
  };
  return {
    seconds: of(({ seconds }) => seconds),
    cpu_s: of(({ cpu }) => totalOf(cpu)),
    api_cpu_s: of(({ cpu }) => cpu.api),
    worker_cpu_s: of(({ cpu }) => cpu.worker),
    postgresql_cpu_s: of(({ cpu }) => cpu.postgresql),
    redis_cpu_s: of(({ cpu }) => cpu.redis),
  };
}

interface Ended {
  readonly completed: number;
  readonly failed: number;
  readonly seconds: number;
}

const NOTHING: Ended = { completed: 0, failed: 0, seconds: 0 };

const ENDED = `
  select count(*) filter (where state = 'completed')::int as completed,
    count(*) filter (where state not in ('accepted', 'planning', 'running', 'completed'))::int as failed,
    coalesce(extract(epoch from max(finished_at) - min(created_at)), 0)::float8 as seconds
  from export.job where id = any ($1::uuid[])`;
