import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { type Account } from '../tied-process';

const OUTSIDE_PREFIX = 'ehr-bulk-data-';

/**
 * The folder for PostgreSQL's data and password. It is `place` itself, or, when the server's account
 * cannot get there (a project below root's 0700 home), a folder in the system's temporary directory
 * that `place` then links to.
 *
 * @param place absolute path; its parent exists
 * @param account whom the server runs as; undefined for ourselves
 */
export function makeHome(place: string, account: Account | undefined): string {
  const parent = path.dirname(place);
  if (canEnter(parent, account)) {
    fs.rmSync(place, { force: true }); // a link whose target is gone
    fs.mkdirSync(place, { mode: 0o755 });
    return fs.realpathSync(place);
  }
  const base = [os.tmpdir(), '/tmp', '/var/tmp'].find((candidate) => canEnter(candidate, account));
  if (base === undefined)
    throw new Error(`No directory that user ${account?.uid ?? ''} can enter.`);
  const home = fs.mkdtempSync(path.join(fs.realpathSync(base), OUTSIDE_PREFIX));
  fs.rmSync(place, { force: true });
  fs.chmodSync(home, 0o755);
  fs.symlinkSync(home, place);
  return home;
}

/** The home made by an earlier run, if it is still there and its parents can be entered. */
export function existingHome(place: string, account: Account | undefined): string | undefined {
  if (!fs.existsSync(place)) return undefined;
  const home = fs.realpathSync(place);
  return canEnter(home, account) ? home : undefined;
}

/** Removes the home and what it links to. Harmless when there is none. */
export function removeHome(place: string): void {
  if (!fs.lstatSync(place, { throwIfNoEntry: false })) return;
  if (fs.lstatSync(place).isSymbolicLink()) {
    const target = fs.readlinkSync(place);
    // Only what makeHome put there: the link could have been changed by hand.
    if (path.basename(target).startsWith(OUTSIDE_PREFIX)) {
      fs.rmSync(target, { recursive: true, force: true });
    }
  }
  fs.rmSync(place, { recursive: true, force: true });
}

/** Asks the system by trying, so access lists and mount options count too. */
function canEnter(directory: string, account: Account | undefined): boolean {
  if (account === undefined) return true;
  const look = spawnSync('ls', ['-d', `${directory}/.`], { stdio: 'ignore', cwd: '/', ...account });
  return look.status === 0;
}
