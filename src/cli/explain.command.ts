import type { CommandModule } from 'yargs';

import { type ExplainOptions, withExport } from './exports.options';

/** How PostgreSQL would read a part of an export. */
export const explainCommand: CommandModule<object, ExplainOptions> = {
  command: 'explain <id> <type>',
  describe: 'Print the SQL of the largest part of a type of an export, and its plan; runs nothing',
  builder: (args) =>
    withExport(args).positional('type', {
      ...{ type: 'string', demandOption: true },
      describe: 'Resource type; deleted or blocks for parts of these kinds',
    }),
  handler: async (args) => (await import('./explain.actions.js')).explain(args),
};
