import fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while this process alone holds the lock file. Waits for a holder that lives; takes over
 * from one that died. The file holds the holder's process id.
 *
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  let saidSo = false;
  while (!take(file)) {
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) {
      removeFrom(file, holder);
      continue;
    }
    if (!saidSo)
      console.error(`Waiting for process ${holder ?? '?'}, which is installing or building ...`);
    saidSo = true;
    await delay(250);
  }
  const release = () => removeFrom(file, process.pid);
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** A hard link appears with its content or not at all; open-then-write would show an empty file. */
function take(file) {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function holderOf(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Renames before it deletes: of two waiters that see the same dead holder, one succeeds. */
function removeFrom(file, holder) {
  if (holderOf(file) !== holder) return;
  const aside = `${file}.${process.pid}.old`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return;
  }
  if (holderOf(aside) !== holder) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
