import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Lets `docker compose` read the compose file with every setting of .env.example given. Needs the docker
 * client with its compose plug-in, no engine.
 *
 * @returns what happened, for people
 * @throws when the file is faulty
 */
export function checkCompose(project: string): string {
  if (spawnSync('docker', ['compose', 'version'], { stdio: 'ignore' }).status !== 0) {
    return 'skipped: there is no docker client with compose here';
  }
  // The file asks for docker/.env, which a checkout does not have: read a copy that has one.
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'ehr-bulk-compose-'));
  try {
    fs.cpSync(path.join(project, 'docker'), copy, { recursive: true });
    const example = fs.readFileSync(path.join(copy, '.env.example'), 'utf8');
    fs.writeFileSync(path.join(copy, '.env'), example.replaceAll(/=$/gm, '=example'));
    const file = path.join(copy, 'compose.yml');
    const { status, stderr } = spawnSync('docker', ['compose', '-f', file, 'config', '-q'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`docker compose config:\n${stderr}`);
    return 'docker compose accepts it';
  } finally {
    fs.rmSync(copy, { recursive: true, force: true });
  }
}
