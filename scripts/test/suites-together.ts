import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { suiteSeconds } from './suite-seconds';

/** So many suites share one loading of the application: 3000 modules, four seconds of a processor. */
const SUITES_TOGETHER = 14;
/** With fewer files some workers of jest would have nothing to do while others work for long. */
const FEWEST_FILES = 4;

interface Suite {
  readonly file: string;
  readonly seconds: number;
}

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
  dealt(longestFirst(root, suites), files).forEach((hand, index) => {
    const name = `${String(index + 1).padStart(2, '0')}.spec.ts`;
    fs.writeFileSync(
      path.join(folder, name),
      hand.map(({ file }) => described(root, file)).join('\n'),
    );
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

function longestFirst(root: string, suites: readonly string[]): readonly Suite[] {
  return suites
    .map((file) => ({ file, seconds: suiteSeconds(nameOf(root, file)) }))
    .sort((a, b) => b.seconds - a.seconds);
}

/** Each suite goes to the hand that has least to do: all hands end at about the same time. */
function dealt(suites: readonly Suite[], count: number): readonly (readonly Suite[])[] {
  const hands = Array.from({ length: count }, () => ({ seconds: 0, suites: [] as Suite[] }));
  for (const suite of suites) {
    const least = hands.reduce((a, b) => (b.seconds < a.seconds ? b : a));
    least.seconds += suite.seconds;
    least.suites.push(suite);
  }
  return hands.map((hand) => hand.suites);
}

/** A suite under its name, so that reports tell whose test it is. */
function described(root: string, file: string): string {
  const name = nameOf(root, file);
  return `describe(${JSON.stringify(name)}, () => {\n  require(${JSON.stringify(file)});\n});\n`;
}

function nameOf(root: string, file: string): string {
  return path.relative(root, file).replaceAll(path.sep, '/');
}
