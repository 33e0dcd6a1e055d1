import { execFile } from 'node:child_process';
import { format } from 'node:util';

import { compiledFile } from '../../scripts/services';
import { runCommandLine } from '../../src/cli/command-line';

/** What a command did. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the built service (`dist`) in a process of its own, as an operator would, in a folder. */
export function runProcess(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  cwd = process.cwd(),
): Promise<CommandResult> {
  const program = compiledFile('src/cli.js');
  const env = environmentOf(environment);
  return new Promise((resolve) => {
    const command = [program, ...args];
    const child = execFile(process.execPath, command, { env, cwd }, (_, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

let last: Promise<unknown> = Promise.resolve();

/** Runs a command in this process, after those before it: a process of its own takes seconds to start. */
export function runCommand(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CommandResult> {
  const result = last.then(() => runHere(environment, args));
  last = result.catch(() => undefined);
  return result;
}

async function runHere(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CommandResult> {
  const before = process.env;
  const { printed, restore } = holdBack();
  process.env = environmentOf(environment);
  try {
    const failure = await runCommandLine(args);
    if (failure) printed.stderr += `${failure.message}\n`;
    const exitCode = failure?.exitCode ?? Number(process.exitCode ?? 0);
    return { exitCode, ...printed };
  } finally {
    restore();
    process.env = before;
    process.exitCode = undefined;
  }
}

function environmentOf(given: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ENV_FILE: '/dev/null', ...given };
}

/** Takes what is printed, instead of the terminal. */
function holdBack(): {
  readonly printed: { stdout: string; stderr: string };
  readonly restore: () => void;
} {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).flatMap((name) => [
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      printed[name] += String(text);
      return true;
    }),
    jest
      .spyOn(console, name === 'stdout' ? 'log' : 'error')
      .mockImplementation((...words: readonly unknown[]) => {
        printed[name] += `${format(...words)}\n`;
      }),
  ]);
  return {
    printed,
    restore: () => {
      spies.forEach((spy) => {
        spy.mockRestore();
      });
    },
  };
}
