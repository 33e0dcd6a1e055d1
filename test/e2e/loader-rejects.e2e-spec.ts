import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { line, TestStore } from '../support/loader';

describe('what cannot be loaded', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  it('is reported by file and line without its content, and the rest is loaded', async () => {
    await store.write('set/a.ndjson', [
      '{"resourceType":"Patient","id":"Secret Name"}',
      line('Patient', 'p'),
    ]);
    await store.write('set/b.ndjson', ['', line('Nothing', 'n'), 'garbage', line('Patient', 'q')]);

    const summary = await store.load([join(store.folder, 'set')]);

    const report = await readFile(summary.rejectsFile ?? '', 'utf8');
    expect(
      report
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as unknown),
    ).toStrictEqual([
      {
        file: join(store.folder, 'set/a.ndjson'),
        line: 1,
        reason: 'id is not a FHIR id',
        reference: 'Patient',
      },
      {
        file: join(store.folder, 'set/b.ndjson'),
        line: 2,
        reason: 'resourceType is not a resource type of FHIR R4',
      },
      {
        file: join(store.folder, 'set/b.ndjson'),
        line: 3,
        reason: expect.stringMatching(/^not valid JSON/) as string,
      },
    ]);
    expect(summary.rejected).toBe(3);
    expect([...summary.types.keys()]).toStrictEqual(['(unknown)', 'Patient']);
    await expect(store.rows('select id from clinical.resource order by 1')).resolves.toStrictEqual([
      ['p'],
      ['q'],
    ]);
  });

  it('leaves no report when there is nothing to report', async () => {
    const summary = await store.loadLines([line('Patient', 'p')]);

    expect(summary.rejectsFile).toBeUndefined();
    expect(existsSync(join(store.folder, 'rejects.report'))).toBe(false);
  });

  it('may be the end of a packed file', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) =>
      line('Patient', `p${index}`, { x: Math.random() }),
    );
    const packed = gzipSync(Buffer.from(lines.map((text) => `${text}\n`).join('')));

    const path = await store.write('cut.ndjson.gz', packed.subarray(0, packed.length / 2));
    const summary = await store.load([
      path,
      await store.write('rest.ndjson', [line('Patient', 'last')]),
    ]);

    expect(summary.rejected).toBe(1);
    await expect(store.contentOf('last')).resolves.toContain('last');
  });

  it('stops everything when a path does not exist', async () => {
    await expect(store.load([join(store.folder, 'nowhere')])).rejects.toThrow(
      /nowhere cannot be read/,
    );
  });
});
