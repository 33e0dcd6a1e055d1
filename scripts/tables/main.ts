/**
 * node scripts/run.mjs tables: which module may name which table, as the import rules say who may import
 * whom. Reads the strings of the sources; who owns what is in owners.ts.
 */
import fs from 'node:fs';
import path from 'node:path';

import { reportFailure } from '../report-failure';
import { projectRoot } from '../services';
import { faultsOf, type Use } from './faults';
import { namedRelations } from './named-relations';

const RELATION = /^create (?:table|view) ([a-z_]+\.[a-z_]+) (?!partition)/gm;
/** Migrations are how the schema came about; specs may look behind the doors. */
const PASSED_OVER = /^database[\\/]migrations[\\/]|\.spec\.ts$/;

function main(): void {
  const source = path.join(projectRoot(), 'src');
  const schema = fs.readFileSync(path.join(source, 'database', 'schema.sql'), 'utf8');
  const relations = [...schema.matchAll(RELATION)].map(([, name = '']) => name);
  const known = new Set(relations);
  const files = fs
    .readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !PASSED_OVER.test(file));
  const uses = files.flatMap((file): Use[] => {
    const [module = ''] = file.split(path.sep);
    const text = fs.readFileSync(path.join(source, file), 'utf8');
    return namedRelations(text, known).map((relation) => ({ file, module, relation }));
  });
  const faults = faultsOf(uses, relations);
  if (faults.length > 0) throw new Error(`Tables:\n${faults.map((one) => `  ${one}`).join('\n')}`);
  console.log(`${relations.length} relations, each named by those alone who may.`);
}

try {
  main();
} catch (error) {
  reportFailure(error);
}
