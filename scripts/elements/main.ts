/**
 * Writes the table of root elements that `_elements` is checked and applied with:
 *   node scripts/run.mjs elements
 */
import { writeFile } from 'node:fs/promises';

import { reportFailure } from '../report-failure';
import { elementTable } from './element-table';

writeFile('libs/fhir/src/r4-elements.ts', elementTable()).catch(reportFailure);
