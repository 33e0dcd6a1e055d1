import yargs, { type Argv } from 'yargs';
import { hideBin } from 'yargs/helpers';

import { COMMANDS } from './cli/commands';

const EPILOGUE = `Settings are variables of the environment; a file .env in the working folder, or the one that ENV_FILE names, completes them. A command needs those alone that it uses, most of them DATABASE_URL. .env.example describes all.`;

/** The words of a mistake on the command line; the help before it is printed already. */
class UsageError extends Error {}

async function run(): Promise<void> {
  const parser = yargs(hideBin(process.argv))
    .scriptName('bulk-data')
    .usage('$0 <command>')
    .locale('en')
    .strictCommands()
    .strict()
    .demandCommand(1, 'Name a command.')
    .recommendCommands()
    .help()
    .epilogue(EPILOGUE)
    .fail((message: string | null, error: Error | undefined, usage: Argv) => {
      if (error) throw error;
      usage.showHelp('error');
      throw new UsageError(message ?? 'This is no command.');
    });
  for (const command of COMMANDS) parser.command(command);
  await parser.parseAsync();
}

/** What most commands need to start takes seconds to load: help and mistakes go without. */
async function fail(error: unknown): Promise<never> {
  if (error instanceof UsageError) {
    console.error(`\n${error.message}`);
    process.exit(1);
  }
  const { failCommand } = await import('./cli/failure.js');
  return failCommand(error);
}

process.on('uncaughtException', (error, origin) => {
  void import('./start.js').then(({ endUnexpectedly }) => endUnexpectedly(error, origin));
});
run().catch(fail);
