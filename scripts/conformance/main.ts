/**
 * npm run conformance [-- --check] [-- --results FILE]: which rules of the standard are kept, and which
 * tests show it. Writes docs/conformance.md, or with --check compares it. With --results, the names of
 * the tests that have passed (TEST_PASSED=FILE npm test writes them), a rule needs one of those.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { reportFailure } from '../report-failure';
import { projectRoot } from '../services';
import { citations } from './citations';
import { type Judgement, judge } from './judgement';
import { conformancePage } from './page';
import { parseRules } from './parse-rules';
import type { Rule } from './rule';

const RULES = 'scripts/conformance/rules';
const PAGE = 'docs/conformance.md';

function main(args: readonly string[]): void {
  const { values } = parseArgs({
    args: [...args],
    options: { check: { type: 'boolean' }, results: { type: 'string' } },
  });
  const root = projectRoot();
  const rules = readRules(path.join(root, RULES));
  const cited = citations(root);
  const page = conformancePage(rules, cited);
  const file = path.join(root, PAGE);
  if (!values.check) writeFileSync(file, page);
  else if (readFileSync(file, 'utf8') !== page) {
    throw new Error(`${PAGE} is not current: npm run conformance writes it.`);
  }
  const passed = values.results === undefined ? undefined : readPassed(values.results);
  conclude(rules, judge(rules, cited, passed));
}

function readRules(folder: string): readonly Rule[] {
  const files = readdirSync(folder).sort();
  return files.flatMap((name) => parseRules(readFileSync(path.join(folder, name), 'utf8')));
}

function readPassed(file: string): readonly string[] {
  return JSON.parse(readFileSync(file, 'utf8')) as readonly string[]; // by totals-reporter
}

function conclude(rules: readonly Rule[], { unproven, untested, unknown }: Judgement): void {
  const list = (some: readonly Rule[]): string =>
    some.map(({ id, words }) => `\n  ${id} ${words}`).join('');
  if (untested.length > 0) console.log(`SHOULD without a test of its own:${list(untested)}`);
  if (unknown.length > 0) throw new Error(`Tests cite what is no rule: ${unknown.join(', ')}.`);
  if (unproven.length > 0) throw new Error(`SHALL without a test that shows it:${list(unproven)}`);
  console.log(`${rules.length} rules; every SHALL that applies has a test.`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
}
