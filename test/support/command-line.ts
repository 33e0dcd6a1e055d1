import { execFile } from 'node:child_process';

import { compiledFile } from '../../scripts/services';

/** What a command did. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command of the built service (`dist`), as an operator would, in a folder. */
export function runCommand(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  cwd = process.cwd(),
): Promise<CommandResult> {
  const program = compiledFile('src/cli.js');
  const env = { PATH: process.env['PATH'], ENV_FILE: '/dev/null', ...environment };
  return new Promise((resolve) => {
    const command = [program, ...args];
    const child = execFile(process.execPath, command, { env, cwd }, (_, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr });
    });
  });
}
