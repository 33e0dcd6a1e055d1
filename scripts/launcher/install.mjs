import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { expected, runQuietly } from './run-quietly.mjs';

const stampOf = (root) => path.join(root, 'node_modules', '.installed-from');
const lockOf = (root) => path.join(root, 'package-lock.json');

/** True when node_modules is what package-lock.json asks for, whoever installed it. */
export function installIsCurrent(root) {
  if (!hasEveryPackage(root)) return false;
  const stamp = stampOf(root);
  if (fs.existsSync(stamp)) return fs.readFileSync(stamp, 'utf8') === lockDigest(root);
  return npmInstalledAfterLock(root);
}

/** `npm ci`, development packages included whatever NODE_ENV says. Removes what was there. */
export async function install(root) {
  const modules = fs.lstatSync(path.join(root, 'node_modules'), { throwIfNoEntry: false });
  if (modules?.isSymbolicLink()) {
    // npm ci would follow it and empty the folder of another project.
    throw expected('node_modules is a link and out of date: run `npm ci` where it points to.');
  }
  const command = [npmScript(), 'ci', '--include=dev', '--no-audit', '--no-fund'];
  await runQuietly('Installing packages (once, about a minute)', command, {
    cwd: root,
    // A dependency of Swagger UI reports each installation to its makers unless told not to.
    env: { ...process.env, NODE_ENV: 'development', SCARF_ANALYTICS: 'false' },
  });
  fs.writeFileSync(stampOf(root), lockDigest(root));
}

export function lockDigest(root) {
  return createHash('sha256')
    .update(fs.readFileSync(lockOf(root)))
    .digest('hex');
}

function hasEveryPackage(root) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  return Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).every((name) =>
    fs.existsSync(path.join(root, 'node_modules', name, 'package.json')),
  );
}

/** npm leaves its own record in node_modules; it counts when someone ran npm by hand. */
function npmInstalledAfterLock(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  return fs.existsSync(record) && fs.statSync(record).mtimeMs >= fs.statSync(lockOf(root)).mtimeMs;
}

/** The npm that started us, else the one that came with this Node. */
function npmScript() {
  const bin = path.dirname(fs.realpathSync(process.execPath));
  const candidates = [
    process.env.npm_execpath,
    path.join(bin, '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(bin, 'node_modules/npm/bin/npm-cli.js'),
    ...npmOnPath(),
  ];
  const found = candidates.find((file) => file?.endsWith('npm-cli.js') && fs.existsSync(file));
  if (found) return found;
  throw expected('npm was not found. Install it, or run `npm ci` yourself, and run this again.');
}

/** On most systems `npm` on PATH is a link to npm-cli.js; Debian's lies in /usr/share. */
function npmOnPath() {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((directory) => path.join(directory, 'npm'))
    .filter((file) => fs.existsSync(file))
    .map((file) => fs.realpathSync(file))
    .concat('/usr/share/nodejs/npm/bin/npm-cli.js');
}
