import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runInNewContext } from 'node:vm';

import { decodeJwt } from 'jose';
import request from 'supertest';

import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import { makeGroups } from '../support/groups';
import { registerApp } from '../support/registered-app';
import { hasPython, runScript } from '../support/scripts';

const ROOT = path.join(__dirname, '../..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
const TOOLS = ['bash', 'curl', 'openssl'];

/** The blocks of code that are for bash, as they stand. */
const [FLOW = ''] = [...README.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, code]) => code);

const QUICK_STARTS = path.join(ROOT, 'docs/quick-starts');
const pageOf = (name: string): string =>
  readFileSync(path.join(QUICK_STARTS, `${name}.md`), 'utf8');
const codes = (name: string, language: string): readonly string[] =>
  [...pageOf(name).matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, found]) => found === language)
    .map(([, , code = '']) => code);
const code = (name: string, language: string): string => codes(name, language)[0] ?? '';

/** Whether a program is here; of Python, with modules. */
function isThere(need: string): boolean {
  const [program = '', ...modules] = need.split(' ');
  if (modules.length > 0) return hasPython(...modules);
  return spawnSync(program, ['--version']).error === undefined;
}

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

  describe('quick-starts', () => {
    let environment: Readonly<Record<string, string>>;

    const readJson = (file: string): unknown =>
      JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
    const write = (file: string, code: string): void => {
      writeFileSync(path.join(folder, file), code);
    };
    const patients = (): readonly string[] =>
      readFileSync(path.join(folder, 'Patient.1.ndjson'), 'utf8').trimEnd().split('\n');
    const scopeOf = async (scope: string): Promise<string> => {
      const token = await (await registerApp(service)).token(scope);
      return String(decodeJwt(token)['scope']);
    };

    beforeAll(async () => {
      write('make-key.mjs', code('README', 'js'));
      await runScript('node', ['make-key.mjs'], {}, folder);
      const app = await service.app.get(AppRegistry, { strict: false }).register({
        name: 'Quick-start',
        type: 'system',
        groups: ['INF-101'],
        jwks: readJson('jwks.json'),
      });
      environment = { BASE: service.fhirBase, CLIENT_ID: app.id, GROUP: 'INF-101' };
    });

    beforeEach(() => {
      for (const file of readdirSync(folder)) {
        if (/ndjson$|manifest/.test(file)) rmSync(path.join(folder, file));
      }
    });

    it.each([
      ['curl', 'bash', 'export.sh', ['bash', 'curl', 'openssl', 'sha256sum']],
      ['node', 'js', 'export.mjs', ['node']],
      ['python', 'python', 'export.py', ['python3 requests,authlib']],
    ])(
      'leads with %s to files that are what the manifest says',
      async (page, language, file, needs) => {
        const lacking = needs.filter((need) => !isThere(need));
        if (lacking.length > 0) {
          console.log(
            `docs/quick-starts/${page}.md was not run: this machine has no ${lacking.join()}.`,
          );
          return;
        }
        write(file, code(page, language));

        const output = await runScript(needs[0]?.split(' ')[0] ?? '', [file], environment, folder);

        expect(output).toContain('Patient.1.ndjson');
        expect(patients()).toHaveLength(2);
      },
    );

    it.each(['python', 'spark'])('gives Python that can be compiled: %s', async (page) => {
      const blocks = codes(page, 'python');
      const compiler = 'import sys; compile(sys.argv[1], "page", "exec")';
      if (!isThere('python3')) return;

      expect(blocks.length).toBeGreaterThan(1);
      for (const block of blocks) {
        await expect(runScript('python3', ['-c', compiler, block], {})).resolves.toBe('');
      }
    });

    it('configures bulk-data-client with addresses, scopes and parameters that the service takes', async () => {
      const settings = { exports: {} as Record<string, string> };
      const require = (file: string): unknown => readJson(path.basename(file));
      runInNewContext(code('bulk-data-client', 'js'), { module: settings, require });
      const {
        fhirUrl = '',
        tokenUrl = '',
        scope = '',
        group = '',
        _type = '',
        ...rest
      } = settings.exports;
      const discovery = await request(`${service.fhirBase}/.well-known/smart-configuration`).get(
        '',
      );
      const { token_endpoint: endpoint } = discovery.body as { token_endpoint: string };
      const kickOff = await request(service.fhirBase)
        .get(`/Group/${group}/$export?_type=${_type}`)
        .auth(await (await registerApp(service)).token(scope), { type: 'bearer' });

      expect(tokenUrl.replace(fhirUrl, service.fhirBase)).toBe(endpoint);
      expect(kickOff.status).toBe(202);
      expect(rest['privateKey']).toMatchObject({ kty: 'RSA', alg: 'RS384' });
    });

    it('configures SMART Fetch with parameters that the service takes', async () => {
      const settings = Object.fromEntries(
        [...code('smart-fetch', 'toml').matchAll(/^([a-z-]+) = "(.*)"$/gm)].map(
          ([, key, value]) => [key, value],
        ),
      ) as Readonly<Record<string, string>>;
      const granted = await scopeOf('system/Patient.read system/Condition.read system/Claim.read');
      const kickOff = await request(service.fhirBase)
        .get(`/Group/${settings['group']}/$export?_type=${settings['type']}`)
        .auth(await (await registerApp(service)).token(), { type: 'bearer' });

      expect(Object.keys(settings)).toStrictEqual([
        'fhir-url',
        'smart-client-id',
        'smart-key',
        'group',
        'type',
        'export-mode',
        'hydration-tasks',
      ]);
      expect(readJson(settings['smart-key'] ?? '')).toMatchObject({ keys: [{ kty: 'RSA' }] });
      expect(granted.split(' ').sort()).toStrictEqual([
        'system/Condition.read',
        'system/Patient.read',
      ]);
      expect(kickOff.status).toBe(202);
    });

    it('has a page for each that its table lists', () => {
      const named = [...pageOf('README').matchAll(/^\| \[(.+?)\.md\]/gm)].map(([, name]) => name);
      const there = readdirSync(QUICK_STARTS).map((file) => path.parse(file).name);

      expect([...named, 'README'].sort()).toStrictEqual(there.sort());
    });
  });
});
