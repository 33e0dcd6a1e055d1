import type { Bench } from '../bench';
import { type Figures, figuresOf, median, rate, type Round, rounded } from '../figures';
import {
  compared,
  copyOf,
  type MeasuredExport,
  measureExport,
  memoryOf,
  type Peaks,
  peaksOf,
  psqlFor,
} from '../round';

const SETTINGS = { WORKER_CONCURRENCY: '1', EXPORT_FILE_ENCODING: 'identity' };

interface Pair {
  readonly one: Round;
  readonly two: Round;
  readonly peaks: readonly Peaks[];
}

interface Measured {
  readonly exported: MeasuredExport;
  readonly peaks: Peaks;
}

/**
 * Exports everything with one worker process that reads one part at a time, and with two of them, in
 * turns: what else goes on on the machine, and how that changes, meets both alike.
 */
export async function twoWorkers(bench: Bench): Promise<Figures> {
  const psql = psqlFor(bench);
  const pairs: Pair[] = [];
  while (pairs.length < bench.effort.rounds) {
    const copy = await copyOf(bench, psql);
    const [one, two] = [await warmExport(bench, 1), await warmExport(bench, 2)];
    const pair = {
      one: compared(one.exported, copy),
      two: compared(two.exported, copy),
      peaks: [one.peaks, two.peaks],
    };
    pairs.push(pair);
    bench.log(`Round ${pairs.length}: ${described(pair)}`);
  }
  const ofOne = figuresOf(pairs.map(({ one }) => one));
  return {
    ...figuresOf(pairs.map(({ two }) => two)),
    ...memoryOf(pairs.flatMap(({ peaks }) => peaks)),
    ...bench.effort,
    one_worker_mb_per_s: ofOne.mb_per_s,
    one_worker_ratio_copy_binary: ofOne.ratio_copy_binary,
    speed_up: rounded(median(pairs.map(speedUp))),
    round_speed_ups: pairs.map((pair) => rounded(speedUp(pair))),
  };
}

/** The second export of a service that has just started. */
function warmExport(bench: Bench, workers: number): Promise<Measured> {
  return bench.serve({ settings: SETTINGS, workers }, async (served) => {
    await measureExport(bench, served);
    const exported = await measureExport(bench, served);
    return { exported, peaks: peaksOf(served) };
  });
}

const speedUp = ({ one, two }: Pair): number => one.seconds / two.seconds;

function described(pair: Pair): string {
  const speed = ({ bytes, seconds }: Round): string => rate(bytes, seconds).toFixed(0);
  const { one, two } = pair;
  return `${speed(one)} MB/s, with two workers ${speed(two)}: ${speedUp(pair).toFixed(2)}`;
}
