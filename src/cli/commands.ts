import type { CommandModule } from 'yargs';

import { appsCommand } from './apps.command';
import { databaseCommands } from './database.commands';
import { disclosuresCommand } from './disclosures.command';
import { explainCommand } from './explain.command';
import { exportsCommand } from './exports.command';
import { feedCommand } from './feed.command';
import { groupsCommand } from './groups.command';
import { keysCommand } from './keys.command';
import { loadCommand } from './load.command';
import { packsCommand } from './packs.command';
import { reclusterCommand } from './recluster.command';
import { unresolvedCommand } from './unresolved.command';

/** Every command of the command line. A command is a yargs module; its handler's errors reach the user. */
export const COMMANDS: readonly CommandModule[] = [
  ...databaseCommands,
  keysCommand,
  appsCommand,
  groupsCommand,
  exportsCommand,
  disclosuresCommand as unknown as CommandModule,
  explainCommand as unknown as CommandModule,
  loadCommand,
  feedCommand,
  unresolvedCommand,
  packsCommand,
  reclusterCommand as unknown as CommandModule,
];
