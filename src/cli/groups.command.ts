import type { CommandModule } from 'yargs';

import { definitionCommands } from './group-definitions.commands';
import { memberCommands } from './group-members.commands';

/** Makes and fills the groups that apps export. */
export const groupsCommand: CommandModule = {
  command: 'groups <command>',
  describe: 'Make, fill and show groups of patients',
  builder: (yargs) => {
    for (const command of [...definitionCommands, ...memberCommands]) yargs.command(command);
    return yargs.demandCommand(1, 'Name a command of groups.');
  },
  handler: () => undefined,
};
