import { runCommand } from '../support/command-line';
import { line, patient, TestStore } from '../support/loader';

const SERVER = 'http://hapi.example/baseR4';
const UUID = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';

describe('What names a patient whom the store cannot find', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  const about = (id: string, subject: unknown, rest: object = {}): string =>
    line('Observation', id, { subject, ...rest });
  const record = (): Promise<readonly unknown[]> =>
    store.rows(
      'select id, kind, patient_id, base, line from clinical.unresolved_reference order by id, kind',
    );
  const patientOf = async (id: string): Promise<unknown> => {
    const rows = await store.rows(
      `select patient_id from clinical.resource where id = '${id}' and type <> 'Patient'`,
    );
    return rows[0]?.[0];
  };

  it('is counted again by a load that finds it unchanged', async () => {
    const long = line('Basic', 'long', { code: { text: 'x'.repeat(70_000) } });
    const path = await store.write('input.ndjson', [long, about('missing', patient('nobody'))]);
    const { unresolvedPatients: first } = await store.load([path]);

    const { unresolvedPatients: again, types } = await store.load([path]);

    expect(types.get('Observation')).toMatchObject({ unchanged: 1 });
    expect(first).toHaveLength(1);
    expect(again).toStrictEqual(first);
  });

  it('is counted by type and kind of reference, told by file and line, and stays on record', async () => {
    const path = await store.write('input.ndjson', [
      line('Patient', UUID, { identifier: [{ system: 'http://x', value: '1' }] }),
      about('urn', { reference: `urn:uuid:${UUID}` }),
      about('conditional', { reference: 'Patient?identifier=http://x|1' }),
      about('absolute', { reference: `${SERVER}/Patient/${UUID}` }),
      about('slash', { reference: `/Patient/${UUID}` }),
      about('no-id', { reference: 'Patient/a_b' }),
      about(
        'contained',
        { reference: '#p' },
        { contained: [{ resourceType: 'Patient', id: 'p' }] },
      ),
      about('logical', { identifier: { system: 'http://x', value: '1' } }),
      about('named', { display: 'Ms X' }),
      about('missing', patient('nobody')),
      about('text', 'Patient/x'),
      line('Coverage', 'payer', {
        beneficiary: patient(UUID),
        payor: [{ reference: 'urn:uuid:1' }],
      }),
      line('Provenance', 'provenance', { target: [{ reference: 'urn:uuid:2' }] }),
      about('versioned', { reference: `Patient/${UUID}/_history/1` }),
      about('group', { reference: 'Group/g' }),
      about('device', { reference: '#d' }, { contained: [{ resourceType: 'Device', id: 'd' }] }),
      about('elsewhere', { reference: `${SERVER}/Location/1` }),
      about('of-type', { reference: 'urn:uuid:3', type: 'Location' }),
      about('of-nobody', undefined),
    ]);

    const { unresolvedPatients } = await store.load([path]);

    await expect(record()).resolves.toStrictEqual([
      ['absolute', 'absolute', '', SERVER, '4'],
      ['conditional', 'conditional', '', '', '3'],
      ['contained', 'contained', '', '', '7'],
      ['logical', 'identifier', '', '', '8'],
      ['missing', 'missing', 'nobody', '', '10'],
      ['named', 'display', '', '', '9'],
      ['no-id', 'malformed', '', '', '6'],
      ['provenance', 'urn', '', '', '13'],
      ['slash', 'malformed', '', '', '5'],
      ['text', 'malformed', '', '', '11'],
      ['urn', 'urn', '', '', '2'],
    ]);
    expect(unresolvedPatients).toContainEqual({
      type: 'Observation',
      kind: 'malformed',
      base: '',
      resources: 3,
      examples: [`${path}:5`, `${path}:6`, `${path}:11`],
    });
    expect(unresolvedPatients.reduce((sum, { resources }) => sum + resources, 0)).toBe(11);
    await expect(patientOf('versioned')).resolves.toBe(UUID);
  });

  it('leaves the record when its patient arrives, and comes back when the patient goes', async () => {
    await store.loadLines([
      about('o', patient('p')),
      line('Device', 'd', { patient: patient('p') }),
    ]);
    await expect(record()).resolves.toHaveLength(2);

    await store.loadLines([line('Patient', 'p')]);
    await expect(record()).resolves.toStrictEqual([]);

    const deletion = { request: { method: 'DELETE', url: 'Patient/p' } };
    await store.load([
      await store.write(
        'gone.json',
        Buffer.from(
          JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry: [deletion] }),
        ),
      ),
    ]);
    await expect(record()).resolves.toStrictEqual([
      ['d', 'missing', 'p', '', null],
      ['o', 'missing', 'p', '', null],
    ]);
  });

  it('is none when the patient comes with the same load, in whatever order', async () => {
    const { unresolvedPatients } = await store.loadLines([
      line('Device', 'd', { patient: patient('p') }),
      about('o', patient('p')),
      line('Patient', 'p'),
    ]);

    expect(unresolvedPatients).toStrictEqual([]);
    await expect(record()).resolves.toStrictEqual([]);
  });

  it('leaves the record when the resource is replaced by one that names a patient', async () => {
    await store.loadLines([line('Patient', 'p'), about('o', { reference: 'urn:uuid:1' })]);

    await store.loadLines([about('o', { reference: 'Patient?name=x' })]);
    await expect(record()).resolves.toStrictEqual([['o', 'conditional', '', '', '1']]);

    await store.loadLines([about('o', patient('p'))]);
    await expect(record()).resolves.toStrictEqual([]);
  });

  it('is linked when its base is given, though the text was loaded before, and in later loads', async () => {
    const lines = [
      line('Patient', 'p'),
      about('o', { reference: `${SERVER}/Patient/p` }),
      about('v', { reference: `${SERVER}/Patient/p/_history/2` }),
      about('other', { reference: 'http://other.example/Patient/p' }),
    ];
    await store.loadLines(lines, { keepMeta: true });

    await store.loadLines(lines, { keepMeta: true, otherBases: [SERVER] });

    await expect(patientOf('o')).resolves.toBe('p');
    await expect(patientOf('v')).resolves.toBe('p');
    await expect(store.contentOf('o')).resolves.toBe(lines[1]);
    await expect(record()).resolves.toStrictEqual([
      ['other', 'absolute', '', 'http://other.example', '4'],
    ]);
    const before = await store.snapshot();
    await store.loadLines(lines, { keepMeta: true });
    await expect(store.snapshot()).resolves.toStrictEqual(before);
  });

  it('is listed by commands', async () => {
    const environment = {
      DATABASE_URL: store.url,
      REDIS_URL: 'redis://127.0.0.1:1',
      PUBLIC_URL: 'http://127.0.0.1',
      STORAGE_DIRECTORY: store.folder,
      EMBEDDED: 'true',
    };
    const path = await store.write('input.ndjson', [
      line('Patient', 'p'),
      about('o', { reference: `${SERVER}/Patient/p` }),
      about('u', { reference: 'urn:uuid:1' }),
    ]);

    const load = await runCommand(environment, ['load', path]);
    const listed = await runCommand(environment, ['unresolved', '--kind', 'urn', '--list']);
    const wrong = await runCommand(environment, ['load', path, '--base', 'hapi.example']);
    const based = await runCommand(environment, ['load', path, '--base', `${SERVER}/`]);
    const counted = await runCommand(environment, ['unresolved']);

    expect(load.exitCode).toBe(0);
    expect(load.stdout).toMatch(/^Observation +absolute http:.*\/baseR4 +1 {2}.*input.ndjson:2$/m);
    expect(JSON.parse(listed.stdout)).toMatchObject({ type: 'Observation', id: 'u', line: '3' });
    expect([wrong.exitCode, wrong.stderr]).toStrictEqual([
      1,
      expect.stringContaining('is no base URL'),
    ]);
    expect(based.exitCode).toBe(0);
    expect(counted.stdout).toMatch(/^Observation +urn +1 {2}.*input.ndjson:3$/m);
    expect(counted.stdout).not.toContain(SERVER);
  });
});
