import 'reflect-metadata';
import yargs from 'yargs';
import { hideBin } from 'yargs/helpers';

import { COMMANDS } from './cli/commands';
import { endOnUnexpectedErrors, failStart } from './start';

async function run(): Promise<void> {
  const parser = yargs(hideBin(process.argv))
    .scriptName('bulk-data')
    .usage('$0 <command>')
    .strict()
    .demandCommand(1, 'Name a command.')
    .help()
    .version(false)
    .fail(false);
  for (const command of COMMANDS) parser.command(command);
  await parser.parseAsync();
}

endOnUnexpectedErrors();
run().catch(failStart);
