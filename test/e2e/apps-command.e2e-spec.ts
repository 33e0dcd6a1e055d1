import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppRegistry } from '../../src/auth';
import { startTestApp, type TestApp } from '../support/app';
import {
  type ClientKey,
  newClientKey,
  requestToken,
  signAssertion,
  tokenFields,
} from '../support/client-assertion';
import { runCommand } from '../support/command-line';

interface PrintedApp {
  readonly id: string;
  readonly name: string;
  readonly jwks?: unknown;
  readonly jwksUrl?: string;
  readonly allGroups: boolean;
  readonly groups: readonly string[];
  readonly weight: number;
  readonly resourceTypes?: readonly string[];
  readonly disabledAt?: string;
}

describe('The command apps', () => {
  let service: TestApp;
  let folder: string;
  let key: ClientKey;
  let jwksFile: string;

  beforeAll(async () => {
    service = await startTestApp();
    folder = await mkdtemp(join(tmpdir(), 'apps-'));
    key = await newClientKey('ES384');
    jwksFile = await file('jwks.json', JSON.stringify({ keys: [key.publicJwk] }));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
    await service.close();
  });

  const file = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  /** What the command prints. @throws Error with its message when it fails */
  const apps = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runCommand(service.environment, ['apps', ...args]);
    if (exitCode !== 0) throw new Error(stderr.trim());
    return stdout;
  };
  const appsJson = async (...args: readonly string[]): Promise<PrintedApp> =>
    JSON.parse(await apps(...args, '--json')) as PrintedApp;
  const registered = async (): Promise<string> => {
    const app = await service.app.get(AppRegistry, { strict: false }).register({
      name: 'Seen',
      type: 'system',
      jwks: { keys: [key.publicJwk] },
      allGroups: true,
    });
    return app.id;
  };
  const tokenStatus = async (id: string, signer = key): Promise<number> => {
    const assertion = await signAssertion(service, id, signer);
    return (await requestToken(service, tokenFields(assertion))).status;
  };

  it('notes that a licence leaves out Group when the app is registered', async () => {
    const printed = await apps(
      ...['register', '--name', 'Registry', '--jwks', jwksFile, '--group', 'INF-101'],
      ...['--resource-type', 'Patient'],
    );

    expect(printed).toMatch(/Note +The licence leaves out Group/);
  });

  it('registers a System app that can get a token at once (RG-01, RG-02)', async () => {
    const app = await appsJson(
      ...['register', '--name', 'Registry', '--jwks', jwksFile],
      ...['--group', 'INF-101', '--group', 'INF-102', '--resource-type', 'Patient'],
    );

    expect(app).toMatchObject({
      name: 'Registry',
      allGroups: false,
      groups: ['INF-101', 'INF-102'],
      resourceTypes: ['Patient'],
    });
    expect(app.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await tokenStatus(app.id)).toBe(200);
  });

  it('takes a JWKS file with a byte order mark, and lists keys that are for others (RG-05)', async () => {
    const mixed = JSON.stringify({ keys: [key.publicJwk, { kty: 'OKP', kid: 'o' }] });
    const marked = await file('marked.json', `\uFEFF${mixed}`);

    const printed = await apps('register', '--name', 'M', '--all-groups', '--jwks', marked);

    expect(printed).toMatch(/Note +Key 2 of the JWKS has a "kty" other than RSA .* is left out\./);
  });

  it('takes an id and a JWKS URL from the operator, and an id only once (RG-02)', async () => {
    const url = 'https://app.example.org/jwks.json';
    const args = ['register', '--name', 'A', '--jwks-url', url, '--all-groups', '--id', 'my-app'];

    const app = await appsJson(...args);

    expect(app).toMatchObject({ id: 'my-app', jwksUrl: url, allGroups: true });
    expect(app).not.toHaveProperty('resourceTypes');
    await expect(apps(...args)).rejects.toThrow('already an app with the id my-app');
  });

  it('lists all faults of a registration, without key material', async () => {
    const wrong = await file('private.json', JSON.stringify({ keys: [key.privateJwk] }));

    const { exitCode, stdout, stderr } = await runCommand(service.environment, [
      ...['apps', 'register', '--name', ' ', '--jwks', wrong, '--group', 'IN F'],
    ]);

    expect([exitCode, stdout]).toStrictEqual([1, '']);
    expect(stderr).toContain('secret material');
    expect(stderr).toContain('name must have');
    expect(stderr).toContain('"IN F" is not the id of a group');
    expect(stderr).not.toContain(key.privateJwk.d);
  });

  it('does not quote a file that is no JSON: it may be a private key', async () => {
    const pem = await file('key.pem', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n');

    const registering = apps('register', '--name', 'A', '--all-groups', '--jwks', pem);

    await expect(registering).rejects.toThrow(/does not hold JSON\. It must be a JSON Web Key Set/);
  });

  it('disables an app, which then gets no token, and enables it again', async () => {
    const id = await registered();

    expect(await appsJson('disable', id)).toHaveProperty('disabledAt');
    expect(await tokenStatus(id)).toBe(401);

    expect(await appsJson('enable', id)).not.toHaveProperty('disabledAt');
    expect(await tokenStatus(id)).toBe(200);
  });

  it('rotates keys: the new one works and the old one does not (RG-10)', async () => {
    const id = await registered();
    const newKey = await newClientKey('RS384', 'k2');
    const newFile = await file('new.json', JSON.stringify({ keys: [newKey.publicJwk] }));

    await apps('rotate', id, '--jwks', newFile);

    expect(await tokenStatus(id, newKey)).toBe(200);
    expect(await tokenStatus(id)).toBe(401);
  });

  it('changes a licence: what is not named stays as it is', async () => {
    const id = await registered();

    await apps('licence', id, '--group', 'INF-101', '--group', 'DM-201');
    const narrowed = await appsJson('licence', id, '--resource-type', 'Patient');
    const widened = await appsJson('licence', id, '--all-groups');

    expect(narrowed).toMatchObject({ groups: ['INF-101', 'DM-201'], resourceTypes: ['Patient'] });
    expect(widened).toMatchObject({ allGroups: true, groups: [], resourceTypes: ['Patient'] });
    await expect(apps('licence', id)).rejects.toThrow('Say what changes');
    await expect(apps('licence', id, '--group', 'IN F')).rejects.toThrow(
      'is not the id of a group',
    );
  });

  it('licenses an app to write, shows it, and withdraws it again', async () => {
    const sender = ['register', '--name', 'Sender', '--jwks', jwksFile];

    const { id, ...app } = await appsJson(...sender, '--feeds', 'main-ehr, lab');
    const widened = await appsJson('licence', id, '--feeds', 'all', '--fhir-writes');
    const listed = await apps('list');
    const kept = await appsJson('licence', id, '--group', 'INF-101');
    const withdrawn = await appsJson('licence', id, '--feeds', 'none', '--no-fhir-writes');

    expect(app).toMatchObject({ groups: [], feeds: ['main-ehr', 'lab'], fhirWrites: false });
    expect(widened).toMatchObject({ allFeeds: true, feeds: [], fhirWrites: true });
    expect(listed).toMatch(
      new RegExp(`^${id} +Sender +system +none +all +feeds: all; FHIR +enab`, 'm'),
    );
    expect(kept).toMatchObject({ groups: ['INF-101'], allFeeds: true, fhirWrites: true });
    expect(withdrawn).not.toHaveProperty('fhirWrites');
    await expect(apps(...sender, '--feeds', 'none')).rejects.toThrow('or a licence to write');
  });

  it('changes the weight of an app, which is 1 before', async () => {
    const id = await registered();

    const before = await appsJson('show', id);
    const after = await appsJson('weight', id, '3');

    expect([before.weight, after.weight]).toStrictEqual([1, 3]);
    await expect(apps('show', id)).resolves.toMatch(/^Weight +3$/m);
    await expect(apps('weight', id, '0')).rejects.toThrow('must be a whole number, 1 to 100');
  });

  it('shows and lists apps, with every change on record', async () => {
    const id = await registered();
    await apps('disable', id);

    const [shown, listed] = await Promise.all([apps('show', id), apps('list')]);

    expect(shown).toMatch(/^Client id +\S+\nName +Seen\n/);
    expect(listed).toMatch(new RegExp(`^${id} +Seen +system +all +all +nothing +disabled`, 'm'));
    const rows = await service.dataSource.query<{ action: string }[]>(
      'select action from audit.event where app_id = $1 order by id',
      [id],
    );
    expect(rows.map(({ action }) => action)).toStrictEqual(['app.registered', 'app.disabled']);
  });

  it('says so when there is no such app', async () => {
    await expect(apps('rotate', 'nobody', '--jwks', jwksFile)).rejects.toThrow(
      'There is no app with the id nobody.',
    );
  });
});
