import type { CommandModule } from 'yargs';

import { JSON_OPTION } from './output';
import type { UnresolvedArguments } from './unresolved-options';

const unresolved: CommandModule<object, UnresolvedArguments> = {
  command: 'unresolved',
  describe: 'Count stored resources that name patients whom the store cannot find',
  builder: (yargs) =>
    yargs
      .option('type', {
        type: 'string',
        requiresArg: true,
        describe: 'Only resources of this type',
      })
      .option('kind', {
        type: 'string',
        requiresArg: true,
        describe: 'Only this kind of reference, as urn, absolute or missing',
      })
      .option('list', {
        type: 'boolean',
        default: false,
        describe:
          'Every one as a line of JSON: type, id, kind, patient, base, file, line, since when',
      })
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./unresolved.actions.js')).unresolved(args),
};

export const unresolvedCommand = unresolved as unknown as CommandModule;
