import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { startTestApp, type TestApp } from '../support/app';
import { makeGroups } from '../support/groups';

const ROOT = path.join(__dirname, '../..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const TOOLS = ['bash', 'curl', 'openssl'];

/** The blocks of code that are for bash, as they stand. */
const [FLOW = ''] = [...README.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, code]) => code);

const missing = TOOLS.filter((tool) => spawnSync(tool, ['--version']).error !== undefined);
if (missing.length > 0) console.log(`Left out: this machine has no ${missing.join(', ')}.`);
const describeWithTools = missing.length > 0 ? describe.skip : describe;

describe('README.md', () => {
  let service: TestApp;
  let folder: string;

  beforeAll(async () => {
    service = await startTestApp();
    await makeGroups(service);
    folder = mkdtempSync(path.join(tmpdir(), 'readme-'));
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await service.close();
  });

  const run = (script: string): Promise<string> =>
    new Promise((resolve, reject) => {
      // As `npm run -s apps -- …` does, but from a folder that is not the project's.
      const program = path.join(ROOT, 'scripts/run.mjs');
      const npm = `npm() { node ${JSON.stringify(program)} cli "$3" "\${@:5}"; }`;
      const env = {
        ...process.env,
        ENV_FILE: '/dev/null',
        BASE: service.fhirBase,
        DATABASE_URL: service.environment['DATABASE_URL'],
      };
      execFile(
        'bash',
        ['-euo', 'pipefail', '-c', `${npm}\n${script}`],
        { cwd: folder, env },
        (error, stdout, stderr) => {
          const output = `${stdout}${stderr}`;
          if (error) reject(new Error(`The flow failed:\n${output}`));
          else resolve(output);
        },
      );
    });

  describeWithTools('as it stands', () => {
    it('leads with curl and openssl from a key to the files of a group', async () => {
      const output = await run(FLOW);

      expect(output).toContain('202 Accepted');
      expect(readdirSync(folder)).toContain('manifest.json');
      const [patients = ''] = readdirSync(folder).filter((name) => name.startsWith('Patient'));
      expect(readFileSync(path.join(folder, patients), 'utf8').trimEnd().split('\n')).toHaveLength(
        2,
      );
    });
  });

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const named = [...README.matchAll(/npm (?:run )?(?:-s )?([a-z][a-z:]*)/g)].map(
      ([, name]) => name,
    );

    const known = [...Object.keys(scripts), 'ci', 'run'];
    expect(named.filter((name) => !known.includes(name ?? ''))).toStrictEqual([]);
  });
});
