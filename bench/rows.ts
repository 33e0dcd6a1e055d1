import fs from 'node:fs';
import path from 'node:path';

import { RESOURCE_TYPES } from '@app/fhir';
import type { Manifest } from '@app/smart-client';

import { type Bench, GROUP } from './bench';
import { type Figures, median, medianOf, rounded } from './figures';
import { difference, usageOf } from './process-usage';
import { copyBinary, findPsql, type Psql, valueBytes } from './psql';
import { sameRows } from './same-rows';

/** One export, its download, and psql's copy. Seconds and bytes. */
interface Round {
  readonly bytes: number;
  readonly resources: number;
  readonly seconds: number;
  readonly clientSeconds: number;
  readonly downloadSeconds: number;
  readonly apiCpu: number | undefined;
  readonly workerCpu: number | undefined;
  readonly copy: { readonly bytes: number; readonly seconds: number } | undefined;
}

/** Exports everything of every patient, in turns with psql's COPY of the same rows. */
export async function rows(bench: Bench): Promise<Figures> {
  const { effort, log, service } = bench;
  const psql = findPsql(log);
  if (!psql) {
    log('No psql here and none could be fetched: ratio_copy_binary will be null.');
    log('Install it (Debian: apt-get install postgresql-client) to compare.');
  }
  log('Warming up, then measuring; other programs on this machine distort the figures.');
  await measure(bench, psql);
  const rounds: Round[] = [];
  while (rounds.length < effort.rounds) {
    const round = await measure(bench, psql);
    rounds.push(round);
    log(describe(rounds.length, round));
  }
  return {
    ...figuresOf(rounds),
    api_peak_rss_mb: rounded(usageOf(service.api).peakRssMegabytes ?? null),
    worker_peak_rss_mb: rounded(usageOf(service.worker).peakRssMegabytes ?? null),
    ...effort,
  };
}

async function measure(bench: Bench, psql: Psql | undefined): Promise<Round> {
  const { client, database, service, signal } = bench;
  signal.throwIfAborted();
  const copy = psql && (await copyRows(bench, psql));
  const [api, worker] = [usageOf(service.api), usageOf(service.worker)];
  const begun = performance.now();
  const statusUrl = await client.kickOff(GROUP, { types: RESOURCE_TYPES });
  const manifest = await client.waitFor(statusUrl, { signal });
  const clientSeconds = (performance.now() - begun) / 1000;
  const download = await downloadAll(bench, manifest);
  const round = {
    bytes: download.bytes,
    resources: download.lines,
    seconds: await secondsOf(database, statusUrl),
    clientSeconds,
    downloadSeconds: download.seconds,
    apiCpu: difference(usageOf(service.api).cpuSeconds, api.cpuSeconds),
    workerCpu: difference(usageOf(service.worker).cpuSeconds, worker.cpuSeconds),
  };
  await client.delete(statusUrl);
  if (copy) requireSame({ copied: copy.rows, exported: round.resources - download.groups });
  return { ...round, copy };
}

async function copyRows(
  { databaseUrl, database, folder, signal }: Bench,
  psql: Psql,
): Promise<{ readonly seconds: number; readonly rows: number; readonly bytes: number }> {
  const file = path.join(folder, 'psql.copy');
  const select = sameRows(GROUP);
  const counted = await database.query<{ count: string }>(`select count(*) from (${select}) r`);
  const copied = Number(counted.rows[0]?.count);
  const seconds = await copyBinary(psql, { databaseUrl, select }, file, signal);
  // As NDJSON: each row with its line feed.
  const bytes = valueBytes(file, copied) + copied;
  fs.rmSync(file);
  return { seconds, rows: copied, bytes };
}

/** The service's own record: a client learns of the end only at its next poll. */
async function secondsOf(database: Bench['database'], statusUrl: string): Promise<number> {
  const id = statusUrl.slice(statusUrl.lastIndexOf('/') + 1);
  const { rows: found } = await database.query<{ seconds: number }>(
    'select extract(epoch from finished_at - created_at)::float8 as seconds from export.job where id = $1',
    [id],
  );
  const [job] = found;
  if (!job) throw new Error('The export left no record.');
  return job.seconds;
}

async function downloadAll(
  { client, folder, signal }: Bench,
  { output, error }: Manifest,
): Promise<{ bytes: number; lines: number; groups: number; seconds: number }> {
  if (error.length > 0) throw new Error('The export is incomplete: its manifest lists errors.');
  const target = path.join(folder, 'download.ndjson');
  const total = { bytes: 0, lines: 0, groups: 0 };
  const begun = performance.now();
  for (const { type, url } of output) {
    const { bytes, lines } = await client.download(url, target, signal);
    total.bytes += bytes;
    total.lines += lines;
    if (type === 'Group') total.groups += lines;
  }
  const seconds = (performance.now() - begun) / 1000;
  fs.rmSync(target, { force: true });
  return { ...total, seconds };
}

/** In rows, not bytes: the service completes the URLs of attachments on the way out. */
function requireSame({ copied, exported }: { copied: number; exported: number }): void {
  if (copied === exported) return;
  throw new Error(
    `psql copied ${copied} resources and the service exported ${exported}: nothing to compare.`,
  );
}

const rate = (bytes: number, seconds: number): number => bytes / 1e6 / seconds;

function ratioOf({ bytes, seconds, copy }: Round): number | undefined {
  return copy && rate(bytes, seconds) / rate(copy.bytes, copy.seconds);
}

function describe(number: number, round: Round): string {
  const { bytes, seconds, downloadSeconds, copy } = round;
  const ratio = ratioOf(round);
  return [
    `Round ${number}: export ${rate(bytes, seconds).toFixed(0)} MB/s`,
    `download ${rate(bytes, downloadSeconds).toFixed(0)} MB/s`,
    copy ? `psql ${rate(copy.bytes, copy.seconds).toFixed(0)} MB/s` : [],
    ratio === undefined ? [] : `ratio ${ratio.toFixed(2)}`,
  ]
    .flat()
    .join(', ');
}

function figuresOf(
  rounds: readonly Round[],
): Omit<Figures, 'api_peak_rss_mb' | 'worker_peak_rss_mb' | 'patients' | 'rounds'> {
  const each = (figure: (round: Round) => number): number => rounded(median(rounds.map(figure)));
  const where = (figure: (round: Round) => number | undefined): number | null =>
    rounded(medianOf(rounds.map(figure)));
  const [first] = rounds;
  return {
    mb_per_s: each(({ bytes, seconds }) => rate(bytes, seconds)),
    resources_per_s: each(({ resources, seconds }) => resources / seconds),
    client_mb_per_s: each(({ bytes, clientSeconds }) => rate(bytes, clientSeconds)),
    download_mb_per_s: each(({ bytes, downloadSeconds }) => rate(bytes, downloadSeconds)),
    api_cpu_s: where(({ apiCpu }) => apiCpu),
    worker_cpu_s: where(({ workerCpu }) => workerCpu),
    cpu_s_per_gb: where(({ apiCpu, workerCpu, bytes }) =>
      apiCpu === undefined || workerCpu === undefined
        ? undefined
        : (apiCpu + workerCpu) / (bytes / 1e9),
    ),
    ratio_copy_binary: where(ratioOf),
    copy_binary_mb_per_s: where(({ copy }) => copy && rate(copy.bytes, copy.seconds)),
    round_ratios: rounds
      .map(ratioOf)
      .flatMap((ratio) => ratio ?? [])
      .map((ratio) => rounded(ratio)),
    round_mb_per_s: rounds.map(({ bytes, seconds }) => rounded(rate(bytes, seconds))),
    bytes: first?.bytes ?? 0,
    resources: first?.resources ?? 0,
  };
}
