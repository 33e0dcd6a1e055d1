import fs from 'node:fs';
import path from 'node:path';

import { freshDatabase } from '../../scripts/database/fresh-database';
import { serviceCli } from '../../scripts/database/service-cli';
import type { Bench } from '../bench';
import { median, rounded } from '../figures';
import { copyIn } from '../ingest/copy-in';
import { exportBeside } from '../ingest/export-beside';
import { changedInput, firstInput, type IngestInput } from '../ingest/ingest-input';
import { type Ingested, ingested } from '../ingest/ingested';
import { batchCommand, loadCommand, settingsFor } from '../ingest/programs';

/** By what was done. */
type Round = Readonly<Record<string, Ingested | undefined>>;

/** Takes resources in by `load` and as a batch: all new, all unchanged, all changed; and beside exports. */
export async function ingest(bench: Bench): Promise<Readonly<Record<string, unknown>>> {
  const place = path.join(bench.folder, 'ingest');
  const { patients, rounds: count } = bench.effort;
  const first = await firstInput(place, patients);
  const inputs = { first, changed: changedInput(first) };
  const rounds: Round[] = [];
  while (rounds.length < count) {
    const round = await measureRound(bench, inputs);
    rounds.push(round);
    bench.log(`Round ${rounds.length}: ${JSON.stringify(figuresOf([round], first))}`);
  }
  const beside = await exportBeside(bench, first);
  fs.rmSync(place, { recursive: true });
  const { bytes, resources } = first;
  return { bytes, resources, ...figuresOf(rounds, first), ...beside, patients, rounds: count };
}

/** In databases that hold nothing else. */
async function measureRound(
  bench: Bench,
  { first, changed }: { readonly first: IngestInput; readonly changed: IngestInput },
): Promise<Round> {
  const loaded = await emptyStore(bench);
  const load = (input: IngestInput) => ingested(loaded, loadCommand(bench, loaded, input));
  const byLoad = { load_new: await load(first), load_unchanged: await load(first) };
  const copy = await copyIn(bench, loaded);
  const load_changed = await load(changed);
  const fed = await emptyStore(bench);
  const take = (sequence: number, { file }: IngestInput) =>
    ingested(fed, batchCommand(bench, fed, { sequence, file }));
  return {
    copy,
    ...byLoad,
    load_changed,
    batch_new: await take(1, first),
    batch_unchanged: await take(2, first),
    batch_changed: await take(3, changed),
  };
}

async function emptyStore({ databaseUrl, signal }: Bench): Promise<string> {
  const url = await freshDatabase(databaseUrl, 'bulk_bench_ingest');
  await serviceCli(['migrate'], settingsFor(url), { signal, output: 'held-back' });
  return url;
}

/** Medians of the rounds. A GB is 10^9 bytes of the input; CPU is that of the program and the server. */
function figuresOf(
  rounds: readonly Round[],
  { bytes, resources }: IngestInput,
): Readonly<Record<string, number | null>> {
  const all: Record<string, number | null> = {};
  const [first = {}] = rounds;
  for (const name of Object.keys(first)) {
    const middle = (figure: (costs: Ingested) => number | undefined) =>
      medianOf(rounds.map((round) => round[name] && figure(round[name])));
    all[`${name}_resources_per_s`] = middle(({ seconds }) => resources / seconds);
    all[`${name}_cpu_s_per_gb`] = middle(
      ({ cpuSeconds }) => cpuSeconds && cpuSeconds / (bytes / 1e9),
    );
    all[`${name}_client_cpu_s_per_gb`] = middle(
      ({ clientCpuSeconds: cpu }) => cpu && cpu / (bytes / 1e9),
    );
    all[`${name}_rss_mb`] = middle(({ peakRssMegabytes }) => peakRssMegabytes);
  }
  all['load_new_ratio_copy'] = medianOf(
    rounds.map(({ copy, load_new }) => copy && load_new && copy.seconds / load_new.seconds),
  );
  return all;
}

function medianOf(numbers: readonly (number | undefined)[]): number | null {
  const measured = numbers.filter((number) => number !== undefined);
  return measured.length === numbers.length ? rounded(median(measured)) : null;
}
