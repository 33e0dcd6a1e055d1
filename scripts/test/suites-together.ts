import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** So many suites share one loading of the application: 3000 modules, four seconds of a processor. */
const SUITES_TOGETHER = 8;
/** With fewer files some workers of jest would have nothing to do while others work for long. */
const FEWEST_FILES = 4;

/**
 * Puts the suites of a run into few files, for jest loads every module anew for each file.
 *
 * @param args what jest is to run: paths or parts of them; with any option of jest the suites are left alone
 * @param folder where the files go; what is in it is removed
 * @returns the arguments for jest
 */
export function suitesTogether(
  root: string,
  args: readonly string[],
  folder: string,
): readonly string[] {
  if (args.some((arg) => arg.startsWith('-'))) return args;
  const suites = suitesOf(root, args);
  const files = Math.max(FEWEST_FILES, Math.ceil(suites.length / SUITES_TOGETHER));
  if (suites.length <= files) return args;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  dealt(largestFirst(suites), files).forEach((hand, index) => {
    const name = `${String(index + 1).padStart(2, '0')}.spec.ts`;
    fs.writeFileSync(path.join(folder, name), hand.map((file) => described(root, file)).join('\n'));
  });
  return [`--roots=${folder}`];
}

function suitesOf(root: string, args: readonly string[]): readonly string[] {
  const jest = path.join(root, 'node_modules/jest/bin/jest.js');
  const listed = execFileSync(process.execPath, [jest, '--listTests', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return listed.split('\n').filter((line) => line.includes('.ts'));
}

/** Nothing tells how long a suite takes, but its size has to do with it. */
function largestFirst(suites: readonly string[]): readonly string[] {
  return suites
    .map((file) => ({ file, bytes: fs.statSync(file).size }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ file }) => file);
}

/** To and fro, as fair as hands can be. */
function dealt(suites: readonly string[], count: number): readonly (readonly string[])[] {
  const hands: string[][] = Array.from({ length: count }, () => []);
  suites.forEach((suite, index) => {
    const place = index % (2 * count);
    hands[place < count ? place : 2 * count - 1 - place]?.push(suite);
  });
  return hands;
}

/** A suite under its name, so that reports tell whose test it is. */
function described(root: string, file: string): string {
  const name = path.relative(root, file).replaceAll(path.sep, '/');
  return `describe(${JSON.stringify(name)}, () => {\n  require(${JSON.stringify(file)});\n});\n`;
}
