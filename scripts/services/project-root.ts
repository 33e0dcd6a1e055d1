import fs from 'node:fs';
import path from 'node:path';

/** The folder of package.json: the same from scripts/ (tests) and from dist/scripts/ (programs). */
export function projectRoot(from = __dirname): string {
  if (fs.existsSync(path.join(from, 'package.json'))) return from;
  const parent = path.dirname(from);
  if (parent === from) throw new Error('No package.json above the running program.');
  return projectRoot(parent);
}

/**
 * A file that Node can run, also for callers that are not compiled themselves, as tests are.
 *
 * @param place its path below dist
 * @throws when there is no build
 */
export function compiledFile(place: string): string {
  const file = path.join(projectRoot(), 'dist', place);
  if (fs.existsSync(file)) return file;
  throw new Error(`dist/${place} is missing: run \`npm run build\`.`);
}
