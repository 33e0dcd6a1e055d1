/**
 * node scripts/run.mjs docker [lint]: checks docker/ without an engine. Lints the Dockerfile, lets docker
 * compose read the compose file, goes through the Dockerfile's steps in a temporary folder and starts
 * what comes out. With `lint`, only the first two.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { reportFailure } from '../report-failure';
import { projectRoot } from '../services';
import { checkCompose } from './compose';
import { imageFaults } from './image-faults';
import { lintDockerfile } from './lint';
import { unpinnedImages } from './pinned';
import { reproduce } from './reproduce';

function main([only]: readonly string[]): void {
  const project = projectRoot();
  const docker = path.join(project, 'docker');
  const source = fs.readFileSync(path.join(docker, 'Dockerfile'), 'utf8');

  refuse('docker/Dockerfile', lintDockerfile(docker, source));
  console.log('docker/Dockerfile: no faults');
  for (const file of ['compose.yml', 'compose.s3.yml']) {
    refuse(`docker/${file}`, unpinnedImages(fs.readFileSync(path.join(docker, file), 'utf8')));
  }
  console.log(`docker/compose.yml: ${checkCompose(project)}`);
  if (only === 'lint') return;

  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'ehr-bulk-image-'));
  try {
    const image = reproduce(source, { project, work, log: console.log });
    refuse('The image', imageFaults(image));
    console.log('The image: api, worker and cli load with production packages only');
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

function refuse(what: string, faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`${what}:\n${faults.map((f) => `  ${f}`).join('\n')}`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  reportFailure(error);
}
