import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { line, PATIENT_LINKS, TestStore } from '../support/loader';

describe('Bundles', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  const bundle = (...resources: readonly string[]): Buffer =>
    Buffer.from(
      `{\r\n  "resourceType" : "Bundle",\n "type": "transaction", "entry" : [ ${resources.join(' ,\n')} ]\n}`,
    );
  const entry = (fullUrl: string, resource: string): string =>
    `{ "fullUrl": "${fullUrl}", "resource": ${resource} }`;

  it('are cut into lines, with references between entries resolved', async () => {
    const path = await store.write(
      'b.json.gz',
      gzipSync(
        bundle(
          entry('urn:uuid:11-22', '{ "resourceType": "Patient", "v": 1.10 }'),
          entry(
            'urn:uuid:33',
            '{ "resourceType": "Condition", "id": "c", "subject": { "reference": "urn:uuid:11-22" } }',
          ),
          '{ "request": { "method": "DELETE" } }',
        ),
      ),
    );

    const summary = await store.load([path], { keepMeta: true });

    expect(summary.rejected).toBe(1);
    await expect(readFile(summary.rejectsFile ?? '', 'utf8')).resolves.toContain('"line":3,');
    await expect(
      store.rows('select content, patient_id from clinical.resource order by type'),
    ).resolves.toStrictEqual([
      ['{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/11-22"}}', '11-22'],
      ['{"resourceType":"Patient","id":"11-22","v":1.10}', '11-22'],
    ]);
  });

  it('may refer to one resource by identifier, of this load or of the store', async () => {
    const identified = (type: string, id: string, value: string): string =>
      line(type, id, { identifier: [{ system: 'http://npi', value }] });
    await store.loadLines([
      identified('Location', 'stored', '1'),
      identified('Location', 'twin-1', '2'),
    ]);
    await store.write(
      'set/a.json',
      bundle(
        entry(
          'urn:uuid:1',
          `{"resourceType":"Encounter","id":"e","subject":{"reference":"Patient?identifier=http://npi|9"},
        "a":{"reference":"Location?identifier=http://npi|1"},
        "b":{"reference":"Location?identifier=http://npi|2"},
        "c":{"reference":"Practitioner?identifier=http%3A%2F%2Fnpi%7C3"},
        "d":{"reference":"Practitioner?identifier=http://npi|none"}}`,
        ),
      ),
    );
    await store.write('set/b.ndjson', [
      identified('Practitioner', 'doctor', '3'),
      identified('Location', 'twin-2', '2'),
      identified('Patient', 'p', '9'),
    ]);

    const summary = await store.load([join(store.folder, 'set')], { keepMeta: true });

    expect(summary.unresolvedReferences).toBe(2);
    expect(summary.types.get('Encounter')).toMatchObject({ read: 1, new: 1 });
    await expect(
      store.rows(
        "select content::json->'subject'->>'reference', content::json->'a'->>'reference', content::json->'b'->>'reference', content::json->'c'->>'reference', patient_id from clinical.resource where id = 'e'",
      ),
    ).resolves.toStrictEqual([
      [
        'Patient/p',
        'Location/stored',
        'Location?identifier=http://npi|2',
        'Practitioner/doctor',
        'p',
      ],
    ]);
    await expect(store.rows(PATIENT_LINKS)).resolves.toStrictEqual([
      ['p', 'Location/stored'],
      ['p', 'Practitioner/doctor'],
    ]);
  });

  it('change nothing when they are loaded again', async () => {
    const path = await store.write(
      'b.json',
      bundle(
        entry(
          'urn:uuid:1',
          '{"resourceType":"Practitioner","id":"d","identifier":[{"system":"s","value":"1"}]}',
        ),
        entry(
          'urn:uuid:2',
          '{"resourceType":"Encounter","id":"e","x":{"reference":"Practitioner?identifier=s|1"}}',
        ),
      ),
    );
    await store.load([path]);
    const before = await store.snapshot();

    await store.load([path]);

    await expect(store.snapshot()).resolves.toStrictEqual(before);
  });

  const SERVER = 'http://hapi.example/baseR4';
  const bundleOf = (type: string, ...entries: readonly object[]): Buffer =>
    Buffer.from(JSON.stringify({ resourceType: 'Bundle', type, entry: entries }));
  const found = (resource: { readonly resourceType: string; readonly id: string }): object => ({
    fullUrl: `${SERVER}/${resource.resourceType}/${resource.id}`,
    resource,
  });
  const about = (id: string, reference: string): { resourceType: string; id: string } =>
    Object.assign({ resourceType: 'Observation', id }, { subject: { reference } });
  const patients = (): Promise<readonly unknown[]> =>
    store.rows(
      `select id, patient_id, content::json->'subject'->>'reference' from clinical.resource
       where type = 'Observation' order by id`,
    );

  it('that are pages of a search belong together, whichever is read first', async () => {
    const page = bundleOf(
      'searchset',
      found(about('own', `${SERVER}/Patient/a`)),
      found({ resourceType: 'Patient', id: 'a' }),
      found(about('version', `${SERVER}/Patient/a/_history/4`)),
      found(about('page', `${SERVER}/Patient/b`)),
      { resource: { resourceType: 'OperationOutcome' }, search: { mode: 'outcome' } },
    );
    await store.write('set/1.json', Buffer.concat([Buffer.from('\ufeff'), page]));
    await store.write(
      'set/2.json',
      bundleOf('searchset', found({ resourceType: 'Patient', id: 'b' })),
    );
    await store.write('set/0.ndjson', [JSON.stringify(about('line', `${SERVER}/Patient/b`))]);

    const summary = await store.load([join(store.folder, 'set')]);

    expect([summary.rejected, summary.unresolvedPatients]).toStrictEqual([0, []]);
    await expect(patients()).resolves.toStrictEqual([
      ['line', 'b', `${SERVER}/Patient/b`],
      ['own', 'a', 'Patient/a'],
      ['page', 'b', 'Patient/b'],
      ['version', 'a', 'Patient/a/_history/4'],
    ]);
  });

  it('may name entries of other files of the load by urn', async () => {
    await store.write('set/1.json', bundleOf('collection', { resource: about('o', 'urn:uuid:1') }));
    await store.write(
      'set/2.json',
      bundleOf('collection', {
        fullUrl: 'urn:uuid:1',
        resource: { resourceType: 'Patient', id: 'p' },
      }),
    );
    await store.write('set/3.ndjson', [JSON.stringify(about('line', 'urn:uuid:1'))]);

    await store.load([join(store.folder, 'set')]);

    await expect(patients()).resolves.toStrictEqual([
      ['line', 'p', 'Patient/p'],
      ['o', 'p', 'Patient/p'],
    ]);
  });

  it('of a history give the latest version, and delete what it says is gone', async () => {
    const version = (id: string, time: string, status: string): object => ({
      fullUrl: `${SERVER}/Observation/${id}`,
      resource: { resourceType: 'Observation', id, meta: { lastUpdated: time }, status },
      request: { method: 'PUT', url: `Observation/${id}` },
    });
    const deletion = (id: string, time: string): object => ({
      fullUrl: `${SERVER}/Observation/${id}`,
      request: { method: 'DELETE', url: `Observation/${id}` },
      response: { status: '204', lastModified: time },
    });
    await store.loadLines([line('Observation', 'stored', { status: 'registered' })]);
    await store.write(
      'set/1.json',
      bundleOf(
        'history',
        version('changed', '2022-03-01T00:00:00Z', 'final'),
        deletion('stored', '2022-02-03T00:00:00Z'),
        deletion('gone', '2022-02-02T00:00:00Z'),
        version('back', '2022-02-01T00:00:00Z', 'amended'),
      ),
    );
    await store.write(
      'set/2.json',
      bundleOf(
        'history',
        deletion('back', '2022-01-03T00:00:00Z'),
        version('gone', '2022-01-02T00:00:00Z', 'final'),
        version('changed', '2022-01-01T00:00:00Z', 'registered'),
      ),
    );

    const summary = await store.load([join(store.folder, 'set')]);

    await expect(
      store.rows("select id, content::json->>'status' from clinical.resource order by id"),
    ).resolves.toStrictEqual([
      ['back', 'amended'],
      ['changed', 'final'],
    ]);
    await expect(
      store.rows('select id, version, deleted from clinical.resource_history order by version'),
    ).resolves.toStrictEqual([
      ['stored', '1', false],
      ['stored', '2', true],
    ]);
    expect(summary.deleted).toBe(1);
    const before = await store.snapshot();
    await store.load([join(store.folder, 'set')]);
    await expect(store.snapshot()).resolves.toStrictEqual(before);
  });

  it.each([
    ['document', { fullUrl: 'urn:uuid:p', resource: { resourceType: 'Patient' } }, 'p'],
    [
      'batch-response',
      { resource: { resourceType: 'Patient' }, response: { location: 'Patient/p/_history/1' } },
      'p',
    ],
    [
      'transaction-response',
      { resource: { resourceType: 'Patient' }, response: { location: `${SERVER}/Patient/p` } },
      'p',
    ],
    [
      'batch-response',
      {
        resource: {
          resourceType: 'Bundle',
          type: 'searchset',
          entry: [{ resource: { resourceType: 'Patient', id: 'p' } }],
        },
      },
      'p',
    ],
    ['batch-response', { response: { status: '201', location: 'Patient/p' } }, undefined],
    ['batch', { request: { method: 'GET', url: 'Patient/p' } }, undefined],
    [
      'transaction',
      { request: { method: 'PUT', url: 'Patient/p' }, resource: { resourceType: 'Patient' } },
      'p',
    ],
  ])('of type %s are loaded: %j', async (type, one, id) => {
    const path = await store.write('b.json', bundleOf(type, one));

    const summary = await store.load([path]);

    expect(summary.rejected).toBe(0);
    await expect(store.rows('select id from clinical.resource')).resolves.toStrictEqual(
      id === undefined ? [] : [[id]],
    );
  });

  it.each([
    [{ request: { method: 'DELETE', url: 'Patient?identifier=1' } }, 'names no single resource'],
    [
      { request: { method: 'PATCH', url: 'Patient/p' }, resource: { resourceType: 'Parameters' } },
      'PATCH',
    ],
  ])('reject the entry %j', async (one, reason) => {
    const path = await store.write('b.json', bundleOf('transaction', one));

    const summary = await store.load([path]);

    await expect(readFile(summary.rejectsFile ?? '', 'utf8')).resolves.toContain(reason);
  });

  it('of another type are refused as a whole', async () => {
    const path = await store.write(
      'b.json',
      Buffer.from('{"resourceType":"Bundle","type":"subscription-notification"}'),
    );

    const summary = await store.load([path]);

    expect(summary.rejected).toBe(1);
  });
});
