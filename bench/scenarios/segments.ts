import type { Bench } from '../bench';
import type { Figures } from '../figures';
import { measureRounds, reported } from '../round';

const SETTINGS = {
  EXPORT_FILE_ENCODING: 'gzip',
  PACKED_SEGMENTS: 'true',
  PACKED_SEGMENTS_SETTLE_SECONDS: '1',
};

/** Exports everything of every patient from segments that have been packed before, in gzip files. */
export async function segments(bench: Bench): Promise<Figures> {
  return bench.serve({ settings: SETTINGS }, async (served) => {
    // Lines with attachments hold the service's own URL: packed for another, they would be of no use.
    const { publicUrl: PUBLIC_URL } = served.service;
    await bench.command(['packs', 'build'], { ...SETTINGS, PUBLIC_URL });
    return reported(bench, served, await measureRounds(bench, served));
  });
}
