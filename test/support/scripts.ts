import { execFile, spawnSync } from 'node:child_process';

/** Whether python3 is here and has these modules. */
export function hasPython(...modules: readonly string[]): boolean {
  const { status } = spawnSync('python3', ['-c', `import ${modules.join()}`]);
  return status === 0;
}

/**
 * Runs a program that a developer would run, with more in its environment.
 *
 * @returns what it prints @throws Error with all of it when it fails
 */
export function runScript(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd?: string,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment };
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} failed:\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}
