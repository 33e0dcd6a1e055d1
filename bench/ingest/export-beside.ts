import { type Bench, type Served } from '../bench';
import { median, rate, rounded } from '../figures';
import { measureExport } from '../round';
import type { IngestInput } from './ingest-input';
import { ingested, type Ingested } from './ingested';
import { loadCommand } from './programs';

/** An export's speed beside a load of new resources into the same store, over its speed alone. */
export interface Beside {
  readonly export_beside_ratio: number | null;
  readonly exports_beside: number;
  readonly load_beside_resources_per_s: number;
}

/** Exports alone, then again and again while a load goes on. */
export function exportBeside(bench: Bench, input: IngestInput): Promise<Beside> {
  const settings = { EXPORT_FILE_ENCODING: 'identity', PACKED_SEGMENTS: 'false' };
  return bench.serve({ settings }, async (served) => {
    const alone: number[] = [];
    await speedOf(bench, served);
    while (alone.length < bench.effort.rounds) alone.push(await speedOf(bench, served));
    const load = new Loading(bench, input);
    const beside: number[] = [];
    for (;;) {
      const speed = await speedOf(bench, served);
      // What went on after the load has ended was not beside it.
      if (load.hasEnded) break;
      beside.push(speed);
    }
    const { seconds } = await load.costs;
    return {
      export_beside_ratio: beside.length === 0 ? null : rounded(median(beside) / median(alone)),
      exports_beside: beside.length,
      load_beside_resources_per_s: rounded(input.resources / seconds),
    };
  });
}

class Loading {
  hasEnded = false;
  readonly costs: Promise<Ingested>;

  constructor(bench: Bench, input: IngestInput) {
    const { databaseUrl } = bench;
    this.costs = ingested(databaseUrl, loadCommand(bench, databaseUrl, input)).finally(() => {
      this.hasEnded = true;
    });
    // Awaited once the export at hand has ended.
    this.costs.catch(() => undefined);
  }
}

async function speedOf(bench: Bench, served: Served): Promise<number> {
  const { bytes, seconds } = await measureExport(bench, served);
  return rate(bytes, seconds);
}
