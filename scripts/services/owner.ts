import fs from 'node:fs';
import path from 'node:path';

/**
 * Claims a services directory for this process: two programs on one data directory would stop each
 * other's servers.
 *
 * @returns gives the claim up
 * @throws when a living process holds it
 */
export function claimDirectory(directory: string): () => void {
  const file = path.join(directory, 'in-use-by');
  const holder = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  if (holder !== process.pid && isLivingNode(holder)) {
    throw new Error(
      `${directory} is in use by process ${holder}. Stop that first (Ctrl-C there, or kill ${holder}).`,
    );
  }
  fs.writeFileSync(file, String(process.pid));
  return () => {
    fs.rmSync(file, { force: true });
  };
}

/** After a kill -9 and a reboot the number may be anybody's: only a Node process counts. */
function isLivingNode(pid: number): boolean {
  if (pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const commandLine = `/proc/${pid}/cmdline`;
  return !fs.existsSync(commandLine) || fs.readFileSync(commandLine, 'utf8').includes('node');
}
