import type { CommandModule } from 'yargs';

import { JSON_OPTION, type OutputOptions } from './output';

const build: CommandModule<object, OutputOptions> = {
  command: 'build',
  describe: 'Pack everything that is not packed, or has changed since, now; ends when it is done',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: async (args) => (await import('./packs.actions.js')).build(args),
};

const status: CommandModule<object, OutputOptions> = {
  command: 'status',
  describe: 'Show what is packed of each type, and how much waits',
  builder: (args) => args.option('json', JSON_OPTION),
  handler: async (args) => (await import('./packs.actions.js')).status(args),
};

/** Packed segments: ready-made gzip members that exports copy. */
export const packsCommand: CommandModule = {
  command: 'packs <command>',
  describe: 'Pack resources ahead of exports, and show what is packed',
  builder: (args) =>
    args.command(build).command(status).demandCommand(1, 'Name a command of packs.'),
  handler: () => undefined,
};
