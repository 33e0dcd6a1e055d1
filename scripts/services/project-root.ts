import fs from 'node:fs';
import path from 'node:path';

/** The folder of package.json: the same from scripts/ (tests) and from dist/scripts/ (programs). */
export function projectRoot(from = __dirname): string {
  if (fs.existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('No package.json above the running program.');
  return projectRoot(parent);
}
