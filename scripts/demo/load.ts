import fs from 'node:fs';

import { writeSampleData } from '@app/sample-data';

import { serviceCli } from '../database/service-cli';
import { resourceFiles } from './check/resource-lines';
import { GROUP } from './client';
import type { DemoOptions } from './options';
import { LOADED_FILE, REJECTS_FILE, SAMPLE_FOLDER } from './places';
import { writeEhr } from './source/ehr';

const SEED = 101;
/** The loader's exit code when it refused some resources and loaded the rest. */
const SOME_REFUSED = 3;

/**
 * Loads the folder that was given, or a sample made for it, with all its patients in the group.
 *
 * @returns the folder that was loaded
 */
export async function loadPatients(
  options: DemoOptions,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const folder = options.data ?? (await makeSample(options.patients));
  const what = options.data ?? `a sample of ${options.patients} patients`;
  console.log(`Loading ${what} into group ${GROUP} ...`);
  fs.rmSync(REJECTS_FILE, { force: true });
  const keepMeta = options.keepMeta ? ['--keep-meta'] : [];
  const bases = options.base.flatMap((base) => ['--base', base]);
  const code = await serviceCli(
    ['load', folder, '--group', GROUP, ...keepMeta, ...bases, '--rejects', REJECTS_FILE],
    environment,
    { signal, accepted: [0, SOME_REFUSED], output: { file: LOADED_FILE } },
  );
  if (code === SOME_REFUSED) console.log(fs.readFileSync(LOADED_FILE, 'utf8'));
  return folder;
}

/**
 * Makes the group of all patients, whom the follower will bring from the EHR.
 *
 * @returns a folder with what the EHR has now
 */
export async function prepareFollowing(
  ehr: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  fs.rmSync(REJECTS_FILE, { force: true });
  await writeEhr(ehr, SAMPLE_FOLDER);
  const everyone = ['--name', 'All patients', '--segment', '{"everyone":true}'];
  await serviceCli(['groups', 'create', GROUP, ...everyone], environment, {
    ...{ signal, output: 'held-back' },
  });
  return SAMPLE_FOLDER;
}

/** Before anything is started: a folder that holds nothing to load. */
export function requireResources(folder: string): void {
  if (resourceFiles(folder).length > 0) return;
  throw new Error(
    `--data: ${folder} holds no *.ndjson, *.ndjson.gz or *.json. Name the folder that has them.`,
  );
}

async function makeSample(patients: number): Promise<string> {
  fs.rmSync(SAMPLE_FOLDER, { recursive: true, force: true });
  await writeSampleData(SAMPLE_FOLDER, { seed: SEED, patients });
  return SAMPLE_FOLDER;
}
