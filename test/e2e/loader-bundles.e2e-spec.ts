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

  it('of another type are refused as a whole', async () => {
    const path = await store.write(
      'b.json',
      Buffer.from('{"resourceType":"Bundle","type":"document"}'),
    );

    const summary = await store.load([path]);

    expect(summary.rejected).toBe(1);
  });
});
