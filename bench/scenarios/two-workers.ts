import { type Bench, GROUP } from '../bench';
import { type Figures, figuresOf, median, rate, type Round, rounded } from '../figures';
import { copyTimes } from '../psql';
import {
  compared,
  type MeasuredExport,
  measureExport,
  memoryOf,
  type Peaks,
  peaksOf,
  psqlFor,
} from '../round';
import { sameRows } from '../same-rows';

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
    const copy = psql && (await copyTimes(bench, psql, sameRows(GROUP)));
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
    bench.signal.throwIfAborted();
    await measureExport(bench, served);
    const exported = await measureExport(bench, served);
    return { exported, peaks: peaksOf(served) };
  });
}

const speedUp = ({ one, two }: Pair): number => one.seconds / two.seconds;

function described(pair: Pair): string {
  const [one, two] = [pair.one, pair.two].map(({ bytes, seconds }) => rate(bytes, seconds));
  return `${one?.toFixed(0)} MB/s, with two workers ${two?.toFixed(0)}: ${speedUp(pair).toFixed(2)}`;
}
