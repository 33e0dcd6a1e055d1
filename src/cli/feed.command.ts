import type { CommandModule } from 'yargs';

import { batchNumber, type PushArguments, type RejectedArguments } from './feed.options';
import { instantOption } from './instant-option';
import { EXIT_REJECTED } from './load-options';
import { JSON_OPTION, type OutputOptions } from './output';

const push: CommandModule<object, PushArguments> = {
  command: 'push <files..>',
  describe: 'Take files of changes in, each as the next batch of a feed',
  builder: (yargs) =>
    yargs
      .positional('files', {
        type: 'string',
        array: true,
        demandOption: true,
        describe:
          '*.ndjson or *.ndjson.gz, in this order; a folder stands for those in it, by name',
      })
      .option('feed', {
        type: 'string',
        requiresArg: true,
        demandOption: true,
        describe: 'Name of the feed; its first batch begins it',
      })
      .option('up-to', {
        type: 'string',
        requiresArg: true,
        coerce: instantOption('up-to'),
        describe: "Instant up to which the EHR's record is contained once the last file is in",
      })
      .option('json', JSON_OPTION)
      .epilogue(
        `Exit code: 0 when everything was taken in, ${EXIT_REJECTED} when some lines were rejected and the rest was taken in, 1 when a file was not. Run again after a failure, the same command goes on where it was.`,
      ),
  handler: async (args) => (await import('./feed.actions.js')).push(args),
};

const list: CommandModule<object, OutputOptions> = {
  command: 'list',
  describe: 'List feeds: position, how far the EHR is contained, the last batch, rejected lines',
  builder: (yargs) => yargs.option('json', JSON_OPTION),
  handler: async (args) => (await import('./feed.actions.js')).list(args),
};

const rejected: CommandModule<object, RejectedArguments> = {
  command: 'rejected <name> <number>',
  describe: 'List the rejected lines of a batch, with reasons',
  builder: (yargs) =>
    yargs
      .positional('name', { type: 'string', demandOption: true })
      .positional('number', {
        type: 'string',
        demandOption: true,
        coerce: batchNumber,
        describe: 'Number of the batch',
      })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./feed.actions.js')).rejected(args),
};

/** Feeds: numbered batches of changes. */
export const feedCommand: CommandModule = {
  command: 'feed <command>',
  describe: 'Take batches of changes in, and show what feeds have brought',
  builder: (yargs) =>
    yargs
      .command(push as unknown as CommandModule)
      .command(list as unknown as CommandModule)
      .command(rejected as unknown as CommandModule)
      .demandCommand(1, 'Name a command of feed.'),
  handler: () => undefined,
};
