import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { lockDigest } from './install.mjs';
import { runQuietly } from './run-quietly.mjs';
import { sourceFiles } from './source-files.mjs';

const SETTINGS = ['.swcrc', 'scripts/launcher/compile.mjs'];

const stampOf = (directory) => path.join(directory, '.built-from');

/**
 * True when dist was built from exactly these sources, settings and packages. Compares content, not
 * times: a checkout, a restored file or a deleted one cannot deceive it.
 */
export function buildIsCurrent(root) {
  const stamp = stampOf(path.join(root, 'dist'));
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === sourceDigest(root);
}

/**
 * Builds beside dist and swaps the two when the build succeeded: no stale file survives, and a program
 * that runs from dist never sees it half empty.
 */
export async function build(root) {
  const digest = sourceDigest(root);
  const next = path.join(root, '.dist-next');
  fs.rmSync(next, { recursive: true, force: true });
  fs.mkdirSync(next);
  await runQuietly('Building', ['scripts/launcher/compile.mjs', next], { cwd: root });
  fs.writeFileSync(stampOf(next), digest);
  swap(root, next);
}

function swap(root, next) {
  const dist = path.join(root, 'dist');
  const old = path.join(root, '.dist-old');
  fs.rmSync(old, { recursive: true, force: true });
  if (fs.existsSync(dist)) fs.renameSync(dist, old);
  fs.renameSync(next, dist);
  fs.rmSync(old, { recursive: true, force: true });
}

function sourceDigest(root) {
  const hash = createHash('sha256').update(lockDigest(root));
  for (const file of [...SETTINGS, ...sourceFiles(root)]) {
    hash.update(`\0${file}\0`).update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}
