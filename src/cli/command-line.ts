import yargs, { type Argv } from 'yargs';

import { COMMANDS } from './commands';
import type { Failure } from './failure';

const EPILOGUE = `Settings are variables of the environment; a file .env in the working folder, or the one that ENV_FILE names, completes them. A command needs those alone that it uses, most of them DATABASE_URL. .env.example describes all.`;

/** The words of a mistake on the command line; the help before it is printed already. */
class UsageError extends Error {}

/**
 * Runs the command that the arguments name. Its results go to stdout.
 *
 * @returns how it failed, or undefined
 */
export async function runCommandLine(args: readonly string[]): Promise<Failure | undefined> {
  try {
    await parserOf(args).parseAsync();
    return undefined;
  } catch (error) {
    if (error instanceof UsageError) return { message: `\n${error.message}`, exitCode: 1 };
    // What most commands need to start takes seconds to load: help and mistakes go without.
    const { failureOf } = await import('./failure.js');
    return failureOf(error);
  }
}

function parserOf(args: readonly string[]): Argv {
  const parser = yargs([...args])
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
  return parser;
}
