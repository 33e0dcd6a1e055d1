import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { until } from './until';

/**
 * Ends a server that an earlier run left behind (its watchdog needs a moment after a kill -9, or was
 * killed too) and removes its pid file. Does nothing when the number belongs to another program by now.
 *
 * @param pidFile holds the process id in its first line
 * @param mark a part of the server's command line that no other program has
 */
export async function stopLeftover(
  pidFile: string,
  mark: string,
  signal: 'SIGINT' | 'SIGTERM',
): Promise<void> {
  if (!fs.existsSync(pidFile)) return;
  const pid = Number(fs.readFileSync(pidFile, 'utf8').split('\n')[0]);
  if (isOurs(pid, mark)) {
    process.kill(pid, signal);
    await until(`process ${pid} (${mark}) to end`, () => !isOurs(pid, mark), 60_000);
  }
  fs.rmSync(pidFile, { force: true });
}

function isOurs(pid: number, mark: string): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  return commandLine(pid).includes(mark);
}

/** Slim containers have no `ps`; systems without /proc have it. Empty when there is no such process. */
function commandLine(pid: number): string {
  if (!fs.existsSync('/proc/self/cmdline')) {
    return spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  }
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // the process ended between two looks
  }
}
