import type { Bench } from '../bench';
import type { Figures } from '../figures';
import { measureRounds, reported } from '../round';

/** Exports everything of every patient from the rows, in files as they are read. */
export function rows(bench: Bench): Promise<Figures> {
  const settings = { EXPORT_FILE_ENCODING: 'identity', PACKED_SEGMENTS: 'false' };
  return bench.serve({ settings }, async (served) =>
    reported(bench, served, await measureRounds(bench, served)),
  );
}
