import type { CommandModule } from 'yargs';

import { processConfig } from '../config';
import { buildPacks, type PackedFigures, packedFigures } from '../packed-segments';
import { align } from './align';
import { withDatabase } from './with-database';

interface OutputOptions {
  readonly json: boolean;
}

const JSON_OPTION = {
  type: 'boolean',
  default: false,
  describe: 'Print JSON for programs',
} as const;

const build: CommandModule<object, OutputOptions> = {
  command: 'build',
  describe: 'Pack everything that is not packed, or has changed since, now; ends when it is done',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: async (given) => {
    const stop = new AbortController();
    process.once('SIGINT', () => {
      stop.abort(new Error('Stopped. What was packed stays; run the command again to go on.'));
    });
    await buildPacks(processConfig(), stop.signal);
    await show(given);
  },
};

const status: CommandModule<object, OutputOptions> = {
  command: 'status',
  describe: 'Show what is packed of each type, and how much waits',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: show,
};

/** Packed segments: ready-made gzip members that exports copy. */
export const packsCommand: CommandModule = {
  command: 'packs <command>',
  describe: 'Pack resources ahead of exports, and show what is packed',
  builder: (args) =>
    args.command(build).command(status).demandCommand(1, 'Name a command of packs.'),
  handler: () => undefined,
};

async function show({ json }: OutputOptions): Promise<void> {
  const figures = await withDatabase((dataSource) => packedFigures(dataSource));
  console.log(json ? JSON.stringify(figures, null, 2) : table(figures));
}

function table(figures: readonly PackedFigures[]): string {
  const rows = figures.map(({ type, segments, due, resources, bytes, stored }) => [
    type,
    ...[segments, due, resources].map(String),
    ...[bytes, stored].map((size) => (size / 1e6).toFixed(1)),
  ]);
  return align([['type', 'segments', 'due', 'resources', 'NDJSON MB', 'gzip MB'], ...rows]);
}
