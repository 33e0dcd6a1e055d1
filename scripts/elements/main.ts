/**
 * Writes the tables of R4's elements, of roots for `_elements` and of links for Bundles:
 *   node scripts/run.mjs elements
 */
import { writeFile } from 'node:fs/promises';

import { reportFailure } from '../report-failure';
import { elementTable } from './element-table';
import { linkTable } from './link-table';

async function writeTables(): Promise<void> {
  await writeFile('libs/fhir/src/r4-elements.ts', elementTable());
  await writeFile('libs/fhir/src/r4-links.ts', linkTable());
}

writeTables().catch(reportFailure);
