import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { line, patient, TestStore } from '../support/loader';

const SYNTHEA = '/work/shared/data/synthea-25';

describe('the loader', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  describe('what is stored of a line', () => {
    it('is every byte, but for the two values of the store', async () => {
      const rest =
        '"name":[{"family":"Ångström 😀 \\u00e9\\/"}], "x" :1.10,"y":1e2 ,"z":{"b":1,"a":2}';

      await store.loadLines([`{"resourceType":"Patient","id":"p",${rest}}`]);

      const [[updated] = []] = await store.rows(
        `select to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from clinical.resource`,
      );
      await expect(store.contentOf('p')).resolves.toBe(
        `{"resourceType":"Patient","id":"p","meta":{"versionId":"1","lastUpdated":"${String(updated)}"},${rest}}`,
      );
    });

    it('is every byte with keepMeta', async () => {
      const lines = [
        ' {"id":"p" , "resourceType":"Patient", "x":1.10 } ',
        '{"resourceType":"Patient","id":"q","meta":{"lastUpdated":"2020-05-01T10:00:00.123456+02:00","versionId":"7"}}',
        '{"resourceType":"Patient","id":"r","meta":{"lastUpdated":"2999-05-01T10:00:00Z","versionId":"x"}}',
      ];
      const before = new Date();

      await store.loadLines(lines, { keepMeta: true });

      await expect(
        store.rows('select content from clinical.resource order by id'),
      ).resolves.toStrictEqual(lines.map((text) => [text]));
      const [p, q, r] = await store.rows(
        'select last_updated, version from clinical.resource order by id',
      );
      expect(q).toStrictEqual([new Date('2020-05-01T08:00:00.123Z'), '7']);
      expect([p?.[1], r?.[1]]).toStrictEqual(['1', '1']);
      expect(p?.[0]).toStrictEqual(r?.[0]);
      expect(Number(p?.[0])).toBeGreaterThanOrEqual(before.getTime());
    });

    it('does not include ends of lines or a byte order mark', async () => {
      const path = await store.write(
        'input.ndjson',
        Buffer.from(`\ufeff${line('Patient', 'p')}\r\n\r\n${line('Patient', 'q')}`),
      );

      const summary = await store.load([path], { keepMeta: true });

      expect(summary.rejected).toBe(0);
      await expect(
        store.rows('select content from clinical.resource order by id'),
      ).resolves.toStrictEqual([[line('Patient', 'p')], [line('Patient', 'q')]]);
    });

    it('survives lines of 8 MB and 40 MB, packed and plain', async () => {
      const lines = [8, 40].map((megabytes) =>
        line('Binary', `b${megabytes}`, {
          contentType: 'text/plain',
          data: 'Ab+/'.repeat(megabytes * 262_144),
        }),
      );
      await store.write('set/a.ndjson.gz', gzipSync(Buffer.from(`${lines[0] ?? ''}\n`)));
      await store.write('set/b.ndjson', lines.slice(1));

      await store.load([join(store.folder, 'set')], { keepMeta: true });

      await expect(store.contentOf('b8')).resolves.toBe(lines[0]);
      await expect(store.contentOf('b40')).resolves.toBe(lines[1]);
    });

    it('carries the same instant in all rows of a type, taken by the database', async () => {
      await store.loadLines(['a', 'b', 'c'].map((id) => line('Patient', id)));

      await expect(
        store.rows(
          `select count(distinct last_updated)::int, bool_and(last_updated = date_trunc('milliseconds', last_updated)),
                bool_and(last_updated between now() - interval '1 minute' and now())
         from clinical.resource`,
        ),
      ).resolves.toStrictEqual([[1, true, true]]);
    });

    it('lies together for each patient, what belongs to nobody first', async () => {
      const patients = ['b', 'a', 'b', 'a', 'c', 'a'];

      await store.loadLines([
        ...patients.map((id, index) => line('Observation', `o${index}`, { subject: patient(id) })),
        line('Observation', 'o9'),
      ]);

      await expect(
        store.rows(
          "select patient_id from clinical.resource where type = 'Observation' order by ctid",
        ),
      ).resolves.toStrictEqual([[null], ['a'], ['a'], ['a'], ['b'], ['b'], ['c']]);
    });
  });

  describe('real patients', () => {
    // Only where the sample is: it is too large for the repository.
    for (const samples of [SYNTHEA].filter(existsSync))
      it('are stored byte for byte with keepMeta, all of them', async () => {
        const expected: string[] = [];
        for (const name of await readdir(samples)) {
          const text = gunzipSync(await readFile(join(samples, name))).toString();
          expected.push(...text.split('\n').filter((candidate) => candidate !== ''));
        }

        const summary = await store.load([samples], { keepMeta: true });

        const stored = await store.rows('select content from clinical.resource');
        expect(stored.map(([content]) => content).sort()).toStrictEqual(expected.sort());
        expect(summary.rejected).toBe(0);
        await expect(
          store.rows(`select count(*)::int from clinical.resource
            where to_char(last_updated at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') <> content::json->'meta'->>'lastUpdated'`),
        ).resolves.toStrictEqual([[0]]);
      });
  });
});
