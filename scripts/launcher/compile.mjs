// node scripts/launcher/compile.mjs <directory>
//
// Compiles the TypeScript of the project into the directory, as .swcrc says, and copies the files in
// folders called assets. Does not check types: `npm run typecheck` does.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { transformFile } from '@swc/core';

import { sourceFiles } from './source-files.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const OPTIONS = { ...JSON.parse(fs.readFileSync(path.join(ROOT, '.swcrc'), 'utf8')), swcrc: false };
Object.assign(OPTIONS.jsc, { baseUrl: ROOT, paths: { '@app/*': ['./libs/*/src/index.ts'] } });

const isModule = (file) => /(?<!\.d)\.ts$/.test(file);
const isAsset = (file) => file.split(path.sep).includes('assets');

/** Reports every file that does not compile, not only the first. */
async function main(directory) {
  const files = sourceFiles(ROOT);
  for (const file of files.filter(isAsset)) {
    fs.cpSync(path.join(ROOT, file), path.join(directory, file));
  }
  const modules = files.filter(isModule).map((file) => compile(file, directory));
  const failures = (await Promise.allSettled(modules)).filter(({ reason }) => reason);
  for (const { reason } of failures) console.error(String(reason));
  if (failures.length > 0) process.exitCode = 1;
}

async function compile(file, directory) {
  const source = path.join(ROOT, file);
  const target = path.join(directory, file.replace(/ts$/, 'js'));
  const sourceFileName = path.relative(path.dirname(target), source);
  const { code, map } = await transformFile(source, { ...OPTIONS, sourceFileName });
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, `${code}//# sourceMappingURL=${path.basename(target)}.map\n`);
  fs.writeFileSync(`${target}.map`, map);
}

await main(path.resolve(process.argv[2]));
