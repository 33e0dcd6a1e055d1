import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, buildIsCurrent } from './build.mjs';
import { install, installIsCurrent } from './install.mjs';
import { withLock } from './lock.mjs';
import { endWithParent } from './parent.mjs';
import { expected } from './run-quietly.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * Brings node_modules and dist up to date, then runs the program in this very process, so that the
 * terminal, signals and the exit code need no passing on.
 *
 * @param {string[]} argv the program's name (`build` for none) and its arguments
 */
export async function launch([name, ...args]) {
  if (!name) throw expected('Usage: node scripts/run.mjs <program> [arguments]');
  endWithParent();
  await prepare(name === 'build');
  if (name === 'build') return;

  const file = compiledFile(name);
  process.argv = [process.execPath, file, ...args];
  process.setSourceMapsEnabled(true);
  Module.runMain();
}

/** One process at a time prepares; the others wait and then find everything done. */
async function prepare(alwaysBuild) {
  const isReady = () => installIsCurrent(ROOT) && !alwaysBuild && buildIsCurrent(ROOT);
  if (isReady()) return;
  await withLock(path.join(ROOT, '.prepare.lock'), async () => {
    if (!installIsCurrent(ROOT)) await install(ROOT);
    if (alwaysBuild || !buildIsCurrent(ROOT)) await build(ROOT);
  });
}

function compiledFile(name) {
  const places = [`scripts/${name}/main.js`, `${name}/main.js`, `src/${name}.js`];
  const file = places
    .map((place) => path.join(ROOT, 'dist', place))
    .find((candidate) => fs.existsSync(candidate));
  if (file) return file;
  throw expected(`There is no program "${name}" (looked for ${places.join(', ')} in dist/).`);
}
