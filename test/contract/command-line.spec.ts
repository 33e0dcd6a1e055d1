import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../support/app';
import { type CommandResult, runCommand, runProcess } from '../support/command-line';
import { createTestDatabase, type TestDatabase } from '../support/database';

/** To be loaded first: tells at the end which packages were loaded. */
const TELL_PACKAGES = `
  import { Module } from 'node:module';
  process.on('exit', () => {
    const names = Object.keys(Module._cache).flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? []);
    process.stderr.write('LOADED ' + [...new Set(names)].join(' '));
  });`;
const PRELOAD = `--import data:text/javascript,${encodeURIComponent(TELL_PACKAGES)}`;

describe('The command line', () => {
  let database: TestDatabase;
  let folder: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'cli-'));
  });

  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const run = (
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> => runCommand({ DATABASE_URL: database.url, ...environment }, args);
  /** Alone in its process, which tells the packages that it has loaded. */
  const runAlone = (args: readonly string[]): Promise<CommandResult> =>
    runProcess({ DATABASE_URL: database.url, NODE_OPTIONS: PRELOAD }, args);
  const databaseWith = (change: (url: URL) => void): { readonly DATABASE_URL: string } => {
    const url = new URL(database.url);
    change(url);
    return { DATABASE_URL: url.toString() };
  };

  describe('without a command, or with a wrong one', () => {
    it.each([
      [['--help'], 0, /bulk-data apps .*DATABASE_URL.*\.env\.example/s],
      [['groups', 'add', '--help'], 0, /--from/],
      [['--version'], 0, /^\d+\.\d+\.\d+\n/],
      [[], 1, /bulk-data apps .*Name a command\.\n/s],
      [['aps'], 1, /Did you mean apps\?\n/],
      [['groups', 'lst'], 1, /Did you mean list\?\n/],
      [['keys', '--nothing'], 1, /Unknown argument: nothing\n/],
    ])('answers %j at once, loading nothing that only commands need', async (args, code, text) => {
      const { exitCode, stdout, stderr } = await runAlone(args);

      expect(exitCode).toBe(code);
      expect(`${stdout}${stderr}`).toMatch(text);
      expect(stderr).toMatch(/LOADED/);
      expect(stderr).not.toMatch(/LOADED .*(@nestjs|typeorm|pino|envalid)/);
    });

    it('loads those for a command', async () => {
      const { stderr } = await runAlone(['keys']);

      expect(stderr).toMatch(/LOADED .*envalid/);
    });
  });

  it('needs the settings alone that a command uses, and heeds no others', async () => {
    const useless = { PORT: 'x', TOKEN_SIGNING_KEYS: 'x', PUBLIC_URL: 'x', STORAGE_DRIVER: 'x' };

    const listed = await run(['apps', 'list'], useless);
    const loaded = await run(['load', folder]);

    expect(listed).toStrictEqual({
      exitCode: 0,
      stdout: 'No apps. `apps register` adds one.\n',
      stderr: '',
    });
    expect([loaded.exitCode, loaded.stderr]).toStrictEqual([
      78,
      'The configuration has a fault:\n  PUBLIC_URL is required\n.env.example describes every setting.\n',
    ]);
  });

  it.each([
    ['an unmigrated database', /migration\(s\) are missing: run the `migrate` command/],
    ['a wrong password', /refuses the user or the password; correct them: 28P01\.$/],
    ['no password', /refuses the user or the password; correct them: 28P01\.$/],
    ['a database that does not exist', /create it with encoding UTF8, or correct .*: 3D000\.$/],
    ['a server that is not there', /cannot be reached; see whether it runs, .*: ECONNREFUSED\.$/],
  ])('says in a sentence what to do about %s', async (fault, sentence) => {
    const port = String(await freePort());
    const faults: Readonly<Record<string, (url: URL) => void>> = {
      'an unmigrated database': (url) => (url.pathname = '/template1'),
      'a wrong password': (url) => (url.password = 'secret-word'),
      'no password': (url) => (url.password = ''),
      'a database that does not exist': (url) => (url.pathname = '/no_such_database'),
      'a server that is not there': (url) => (url.port = port),
    };

    const { exitCode, stdout, stderr } = await runProcess(
      databaseWith(faults[fault] ?? (() => undefined)),
      ['apps', 'list'],
    );

    expect([exitCode, stdout]).toStrictEqual([1, '']);
    expect(stderr.trim()).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('secret-word');
  });

  it('names what looks like a setting and is none, without its value', async () => {
    const { exitCode, stderr } = await run(['apps', 'list'], { DATABASE_POOLSIZE: 'secret-word' });

    expect([exitCode, stderr]).toStrictEqual([
      0,
      'Warning: DATABASE_POOLSIZE is no setting of this service and has no effect. Is DATABASE_POOL_SIZE meant?\n',
    ]);
  });

  describe('reads a file of settings', () => {
    it('whose variables count where the environment has none', async () => {
      const file = join(folder, 'settings');
      await writeFile(file, `\uFEFFDATABASE_URL="${database.url}"\r\nDATABASE_POOL_SIZE=x\r\n`);
      const environment = { ENV_FILE: file, DATABASE_POOL_SIZE: '5' };

      const both = await runCommand(environment, ['apps', 'list', '--json']);
      const alone = await runCommand({ ENV_FILE: file }, ['apps', 'list']);

      expect([both.exitCode, both.stdout]).toStrictEqual([0, '[]\n']);
      expect([alone.exitCode, alone.stderr]).toStrictEqual([
        78,
        expect.stringContaining('DATABASE_POOL_SIZE: must be a whole number, 1 or more'),
      ]);
    });

    it('and says so when it cannot be read', async () => {
      const { exitCode, stderr } = await run(['apps', 'list'], { ENV_FILE: join(folder, 'none') });

      expect([exitCode, stderr]).toStrictEqual([
        78,
        expect.stringMatching(/none cannot be read: ENOENT/),
      ]);
    });

    it('called .env in the working folder, unless told otherwise', async () => {
      await writeFile(join(folder, '.env'), `DATABASE_URL=${database.url}\n`);

      const { exitCode, stdout } = await runProcess(
        { ENV_FILE: '' },
        ['apps', 'list', '--json'],
        folder,
      );

      expect([exitCode, stdout]).toStrictEqual([0, '[]\n']);
    });
  });

  it.each([
    [['apps', 'list']],
    [['groups', 'list']],
    [['packs', 'status']],
    [['unresolved']],
    [['recluster']],
  ])('gives the list of %j as JSON, too', async (args) => {
    const { exitCode, stdout } = await run([...args, '--json']);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });

  it('does not quote a set of keys that is none, and says what one is', async () => {
    const file = join(folder, 'key.pem');
    await writeFile(file, '-----BEGIN PRIVATE KEY-----\nsecret-word\n');
    const args = ['apps', 'register', '--name', 'A', '--all-groups', '--jwks'];

    const garbled = await run([...args, file]);
    await writeFile(file, '{"kty":"EC"}');
    const single = await run([...args, file]);
    const missing = await run([...args, join(folder, 'nothing')]);

    expect(garbled.stderr).toBe(
      `--jwks: ${file} does not hold JSON. It must be a JSON Web Key Set of public keys, {"keys":[…]}.\n`,
    );
    expect(single.stderr).toContain('{"keys":[…]}');
    expect(missing.stderr).toContain('cannot be read: ENOENT');
  });
});
