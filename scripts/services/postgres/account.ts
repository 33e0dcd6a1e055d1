import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

import { type Account } from '../tied-process';

/**
 * Whom PostgreSQL, which refuses to be root, runs as: nobody else when we are an ordinary user, else the
 * owner of the data that is there, else `postgres`, else `nobody`. No user is added to the system.
 *
 * @param data a data directory; need not exist yet
 */
export function serverAccount(data: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (fs.existsSync(data)) {
    const { uid, gid } = fs.statSync(data);
    if (uid !== 0) return { uid, gid };
  }
  const account = ['postgres', 'nobody'].map(lookUp).find((found) => found !== undefined);
  if (account) return account;
  throw new Error(
    'PostgreSQL does not run as root, and neither a user "postgres" nor "nobody" exists to run it as. ' +
      'Run this as an ordinary user, or set DATABASE_URL.',
  );
}

function lookUp(name: string): Account | undefined {
  const [uid, gid] = ['-u', '-g'].map((option) => {
    const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
