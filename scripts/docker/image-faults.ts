import { spawnSync } from 'node:child_process';

const PROGRAMS = ['dist/src/main.js', 'dist/src/worker.js', 'dist/src/cli.js migrate'];

/**
 * Starts each program of the image's folder without any configuration. One that loads, with production
 * packages only, names the missing variables and exits; anything else is a fault.
 */
export function imageFaults(directory: string): readonly string[] {
  return PROGRAMS.flatMap((program) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, program.split(' '), {
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const output = stdout + stderr;
    const asksForConfiguration = status !== null && status !== 0 && output.includes('DATABASE_URL');
    return asksForConfiguration ? [] : [`${program} (exit code ${status ?? 'none'}):\n${output}`];
  });
}
