import { OFFERED_BY_DEFAULT } from '@app/fhir';

import type { TiedProcess } from '../scripts/services';
import { type Bench, GROUP, type Served } from './bench';
import { binaryRatio, type Figures, figuresOf, rate, type Round, rounded } from './figures';
import { difference, usageOf } from './process-usage';
import { type CopyTimes, copyTimes, findPsql, type Psql } from './psql';
import { psqlBaselineQuery } from './psql-baseline-query';

/** What is exported in each round. */
export interface Asked {
  readonly group?: string;
  readonly since?: string;
}

/** A round without psql's part of it. */
export type MeasuredExport = Omit<Round, 'copy'>;

/** The Group itself apart, which has no row to copy. */
export const TYPES = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');

/** psql, or undefined and an explanation. */
export function psqlFor({ log }: Bench): Psql | undefined {
  const psql = findPsql(log);
  if (!psql) {
    log('No psql here and none could be fetched: the ratios will be null.');
    log('Install it (Debian: apt-get install postgresql-client) to compare.');
  }
  return psql;
}

/** Exports as often as is asked for, each time after psql's copies of the same rows. */
export async function measureRounds(
  bench: Bench,
  served: Served,
  asked: Asked = {},
): Promise<readonly Round[]> {
  const psql = psqlFor(bench);
  const rounds: Round[] = [];
  bench.log('Warming up, then measuring; other programs on this machine distort the figures.');
  await measureRound(bench, served, asked, psql);
  while (rounds.length < bench.effort.rounds) {
    const round = await measureRound(bench, served, asked, psql);
    rounds.push(round);
    bench.log(`Round ${rounds.length}: ${described(round)}`);
  }
  return rounds;
}

/** The figures of rounds on one service. */
export function reported({ effort }: Bench, served: Served, rounds: readonly Round[]): Figures {
  return { ...figuresOf(rounds), ...memoryOf([peaksOf(served)]), ...effort };
}

/** The highest that a process of each kind had, in megabytes; NaN where the system does not say. */
export interface Peaks {
  readonly api: number;
  readonly worker: number;
}

/** Up to now. */
export function peaksOf({ service }: Served): Peaks {
  const peak = (tied: TiedProcess): number => usageOf(tied).peakRssMegabytes ?? NaN;
  return { api: peak(service.api), worker: Math.max(...service.workers.map(peak)) };
}

export function memoryOf(peaks: readonly Peaks[]): Pick<Figures, 'api_rss_mb' | 'worker_rss_mb'> {
  const highest = (each: readonly number[]): number | null => {
    const most = Math.max(...each);
    return Number.isNaN(most) ? null : rounded(most);
  };
  return {
    api_rss_mb: highest(peaks.map(({ api }) => api)),
    worker_rss_mb: highest(peaks.map(({ worker }) => worker)),
  };
}

async function measureRound(
  bench: Bench,
  served: Served,
  asked: Asked,
  psql: Psql | undefined,
): Promise<Round> {
  const copy = await copyOf(bench, psql, asked);
  return compared(await measureExport(bench, served, asked), copy);
}

/** Has psql, if there is one, copy the rows that an export gives. */
export async function copyOf(
  bench: Bench,
  psql: Psql | undefined,
  { group = GROUP, since }: Asked = {},
): Promise<CopyTimes | undefined> {
  bench.signal.throwIfAborted();
  return psql && (await copyTimes(bench, psql, psqlBaselineQuery(group, since)));
}

/** An export with what psql took for the same rows. @throws when they were not the same */
export function compared(measured: MeasuredExport, copy: CopyTimes | undefined): Round {
  if (copy) requireSame({ copied: copy.rows, exported: measured.resources });
  return { ...measured, copy };
}

/** Exports once. */
export async function measureExport(
  bench: Bench,
  served: Served,
  { group = GROUP, since }: Asked = {},
): Promise<MeasuredExport> {
  const { client } = served;
  const before = cpuSecondsOf(served);
  const statusUrl = await client.kickOff(group, { types: TYPES, ...(since && { since }) });
  const manifest = await client.waitFor(statusUrl, { signal: bench.signal });
  if (manifest.error.length > 0) throw new Error('The export is incomplete: see its manifest.');
  const record = await recordOf(bench, statusUrl);
  const cpuSeconds = difference(cpuSecondsOf(served), before);
  await client.delete(statusUrl);
  return { ...record, cpuSeconds };
}

function cpuSecondsOf({ service }: Served): number | undefined {
  let total = 0;
  for (const member of [service.api, ...service.workers]) {
    const { cpuSeconds } = usageOf(member);
    if (cpuSeconds === undefined) return undefined;
    total += cpuSeconds;
  }
  return total;
}

/** The service's own record: a client learns of the end only at its next poll. */
async function recordOf(
  { database }: Bench,
  statusUrl: string,
): Promise<Omit<MeasuredExport, 'cpuSeconds'>> {
  const id = statusUrl.slice(statusUrl.lastIndexOf('/') + 1);
  const { rows } = await database.query<Omit<MeasuredExport, 'cpuSeconds'>>(
    `select extract(epoch from j.finished_at - j.created_at)::float8 as seconds,
            coalesce(sum(f.bytes), 0)::float8 as bytes,
            coalesce(sum(f.stored_bytes), 0)::float8 as "storedBytes",
            coalesce(sum(f.resources), 0)::float8 as resources
     from export.job j left join export.file f on f.job_id = j.id and f.section = 'output'
     where j.id = $1 group by j.id`,
    [id],
  );
  const [record] = rows;
  if (!record) throw new Error('The export left no record.');
  return record;
}

/** In rows, not bytes: the service completes the URLs of attachments on the way out. */
function requireSame({ copied, exported }: { copied: number; exported: number }): void {
  if (copied === exported) return;
  throw new Error(
    `psql copied ${copied} resources and the service exported ${exported}: nothing to compare.`,
  );
}

function described(round: Round): string {
  const { bytes, seconds, copy } = round;
  const ratio = binaryRatio(round);
  return [
    `export ${rate(bytes, seconds).toFixed(0)} MB/s`,
    copy ? `psql ${rate(copy.bytes, copy.binarySeconds).toFixed(0)} MB/s` : [],
    ratio === undefined ? [] : `ratio ${ratio.toFixed(2)}`,
  ]
    .flat()
    .join(', ');
}
