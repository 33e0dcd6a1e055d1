import type { Bench } from '../bench';
import { type Figures, rounded } from '../figures';
import { measureRounds, reported } from '../round';

/** Exports everything with one worker process that reads one part at a time, then with two of them. */
export async function twoWorkers(bench: Bench): Promise<Figures> {
  const measured = async (workers: number): Promise<Figures> => {
    const settings = { WORKER_CONCURRENCY: '1', EXPORT_FILE_ENCODING: 'identity' };
    return bench.serve({ settings, workers }, async (served) => ({
      ...reported(bench, served, await measureRounds(bench, served)),
    }));
  };
  const one = await measured(1);
  const two = await measured(2);
  return {
    ...two,
    one_worker_mb_per_s: one.mb_per_s,
    one_worker_ratio_copy_binary: one.ratio_copy_binary,
    speed_up: rounded(two.mb_per_s / one.mb_per_s),
  };
}
