import fs from 'node:fs';
import path from 'node:path';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/**
 * The files below node_modules that `npm ci --omit=dev` installs, by a package-lock.json: all but those of
 * development packages and what npm keeps for itself. What is linked only starts programs.
 *
 * @returns paths below the project
 */
export function productionFiles(project: string, lock: string): readonly string[] {
  const { packages } = JSON.parse(lock) as Lock; // written by npm
  const filesBelow = (folder: string): readonly string[] =>
    fs.readdirSync(path.join(project, folder), { withFileTypes: true }).flatMap((entry) => {
      const place = `${folder}/${entry.name}`;
      if (packages[place]?.dev || place.startsWith('node_modules/.')) return [];
      if (entry.isDirectory()) return filesBelow(place);
      return entry.isFile() ? [place] : [];
    });
  return filesBelow('node_modules');
}
