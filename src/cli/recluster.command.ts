import type { CommandModule } from 'yargs';

import { JSON_OPTION } from './output';
import type { ReclusterArguments } from './recluster-options';

/** Brings each patient's rows together again. */
export const reclusterCommand: CommandModule<object, ReclusterArguments> = {
  command: 'recluster',
  describe:
    'Bring each patient’s rows together again, type by type; a type waits while it is rewritten',
  builder: (args) =>
    args
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'Rewrite types that are in order, too',
      })
      .option('lock-seconds', {
        type: 'number',
        default: 5,
        describe: 'How long the exports and writers of a type are waited for',
      })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./recluster.actions.js')).reclusterAll(args),
};
