import { RESOURCE_TYPES } from '@app/fhir';

import { type Bench, GROUP, type Served } from './bench';
import { binaryRatio, type Figures, figuresOf, rate, type Round, rounded } from './figures';
import { difference, usageOf } from './process-usage';
import { copyTimes, findPsql, type Psql } from './psql';
import { sameRows } from './same-rows';

/** What is exported in each round. */
export interface Asked {
  readonly group?: string;
  readonly since?: string;
}

/** The Group itself apart, which has no row to copy. */
export const TYPES = RESOURCE_TYPES.filter((type) => type !== 'Group');

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
export function reported(
  { effort }: Bench,
  { service }: Served,
  rounds: readonly Round[],
): Figures {
  const workers = service.workers.map((worker) => usageOf(worker).peakRssMegabytes ?? NaN);
  const highest = Math.max(...workers);
  return {
    ...figuresOf(rounds),
    api_rss_mb: rounded(usageOf(service.api).peakRssMegabytes ?? null),
    worker_rss_mb: rounded(Number.isNaN(highest) ? null : highest),
    ...effort,
  };
}

async function measureRound(
  bench: Bench,
  served: Served,
  { group = GROUP, since }: Asked,
  psql: Psql | undefined,
): Promise<Round> {
  const { client } = served;
  bench.signal.throwIfAborted();
  const copy = psql && (await copyTimes(bench, psql, sameRows(group, since)));
  const before = cpuSecondsOf(served);
  const statusUrl = await client.kickOff(group, { types: TYPES, ...(since && { since }) });
  const manifest = await client.waitFor(statusUrl, { signal: bench.signal });
  if (manifest.error.length > 0) throw new Error('The export is incomplete: see its manifest.');
  const record = await recordOf(bench, statusUrl);
  const cpuSeconds = difference(cpuSecondsOf(served), before);
  await client.delete(statusUrl);
  if (copy) requireSame({ copied: copy.rows, exported: record.resources });
  return { ...record, cpuSeconds, copy };
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
): Promise<Omit<Round, 'cpuSeconds' | 'copy'>> {
  const id = statusUrl.slice(statusUrl.lastIndexOf('/') + 1);
  const { rows } = await database.query<Omit<Round, 'cpuSeconds' | 'copy'>>(
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
