import { type Bench, SMALL_GROUP } from '../bench';
import { figuresOf, type Figures, rounded } from '../figures';
import { measureRounds, reported } from '../round';

/** Exports everything of one patient of a hundred, and of all of them for comparison. */
export function smallGroup(bench: Bench): Promise<Figures> {
  return bench.serve({}, async (served) => {
    const all = figuresOf(await measureRounds(bench, served));
    const few = await measureRounds(bench, served, { group: SMALL_GROUP });
    const figures = reported(bench, served, few);
    return { ...figures, time_share_of_all: rounded(figures.seconds / all.seconds) };
  });
}
