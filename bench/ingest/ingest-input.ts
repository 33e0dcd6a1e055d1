import fs from 'node:fs';
import path from 'node:path';

import { writeSampleData } from '@app/sample-data';

/** Resources to take in, as a folder of NDJSON files and as one file. */
export interface IngestInput {
  readonly folder: string;
  readonly file: string;
  readonly bytes: number;
  readonly resources: number;
}

/** Patients of their own, as they come first. */
export async function firstInput(place: string, patients: number): Promise<IngestInput> {
  const folder = path.join(place, 'first');
  const counts = await writeSampleData(folder, { seed: 11, patients });
  return described(folder, sum([...counts.values()]));
}

/** The same resources, each changed a little. */
export function changedInput({ folder, resources }: IngestInput): IngestInput {
  const changed = path.join(path.dirname(folder), 'changed');
  fs.mkdirSync(changed);
  for (const name of fs.readdirSync(folder)) {
    const text = fs.readFileSync(path.join(folder, name), 'utf8');
    const lines = text.replaceAll(/^\{/gm, '{"implicitRules":"urn:bench:changed",');
    fs.writeFileSync(path.join(changed, name), lines);
  }
  return described(changed, resources);
}

function described(folder: string, resources: number): IngestInput {
  const file = `${folder}.ndjson`;
  for (const name of fs.readdirSync(folder).sort()) {
    fs.appendFileSync(file, fs.readFileSync(path.join(folder, name)));
  }
  return { folder, file, bytes: fs.statSync(file).size, resources };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);
