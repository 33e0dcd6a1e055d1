import fs from 'node:fs';
import path from 'node:path';

const SOURCES = ['src', 'libs', 'scripts', 'bench'];

/** Everything that a build is made from, without tests: paths below root, always in the same order. */
export function sourceFiles(root) {
  return SOURCES.flatMap((directory) => filesBelow(root, directory));
}

function filesBelow(root, directory) {
  const from = path.join(root, directory);
  if (!fs.existsSync(from)) return [];
  return fs
    .readdirSync(from, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(spec\.ts|mjs)$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}
