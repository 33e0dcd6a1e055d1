import { createHash, randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { Logger } from '@nestjs/common';

import { generateClientKeys } from '../../libs/smart-client/src';
import { FILE_STORAGE, type FileStorage } from '../../src/storage';
import { startReplica, type TestApp } from '../support/app';
import { kickOff, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { rawRequest } from '../support/raw-request';

/** As gzip not much smaller: many chunks pass before its end, of whatever form. */
const linesOf = (count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, () =>
      Buffer.from(`{"resourceType":"Patient","id":"${randomBytes(300).toString('base64url')}"}\n`),
    ),
  );
const LARGE = linesOf(3000);
const OTHER_LARGE = linesOf(3000);
const SMALL = linesOf(5);

const REQUESTS = {
  plain: [{ 'Accept-Encoding': 'identity' }, 'GET'],
  gzip: [{ 'Accept-Encoding': 'gzip' }, 'GET'],
  range: [{ 'Accept-Encoding': 'identity', Range: 'bytes=10-99' }, 'GET'],
  tail: [{ 'Accept-Encoding': 'identity', Range: 'bytes=-5' }, 'GET'],
  'range of gzip': [{ 'Accept-Encoding': 'gzip;q=1, identity;q=0', Range: 'bytes=10-99' }, 'GET'],
  head: [{ 'Accept-Encoding': 'identity' }, 'HEAD'],
} as const;
type RequestName = keyof typeof REQUESTS;
const ALL = Object.keys(REQUESTS) as RequestName[];
const WHOLE = ['plain', 'gzip'] as const;

/** `refused`: an OperationOutcome with a status of its own. `broken`: a connection that ended early. */
type Answer = 'given' | 'refused' | 'broken';
const all = (answer: Answer, names: readonly RequestName[] = ALL): object =>
  Object.fromEntries(names.map((name) => [name, answer]));

describe('Stored files that are not what was written', () => {
  let service: LoadedApp;
  let keyless: TestApp;
  let jobId: string;
  let recorded: readonly object[];
  let written = 0;

  beforeAll(async () => {
    const STORAGE_ENCRYPTION_KEYS = `k1:${randomBytes(32).toString('base64')}`;
    const { privateJwk } = await generateClientKeys('ES384');
    const TOKEN_SIGNING_KEYS = JSON.stringify({ keys: [{ ...privateJwk, kid: 'test' }] });
    service = await startLoadedApp(3, { STORAGE_ENCRYPTION_KEYS, TOKEN_SIGNING_KEYS });
    keyless = await startReplica(service, { STORAGE_ENCRYPTION_KEYS: '' });
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Patient', service.token);
    await manifestOf(service, statusUrl, service.token);
    jobId = statusUrl.split('/').at(-1) ?? '';
    recorded = await service.dataSource.query<object[]>('select encrypted from export.file');
  });

  afterAll(async () => {
    await keyless.close();
    await service.close();
  });

  interface Stored {
    readonly at: TestApp;
    readonly path: string;
  }

  /** Makes `plain` the only file of the export. */
  async function store(
    { encoding, encrypted }: { encoding: string; encrypted: boolean },
    plain: Buffer,
  ): Promise<Stored> {
    const at = encrypted ? service : keyless;
    const key = `exports/${jobId}/test.${written++}.ndjson`;
    const bytes = encoding === 'gzip' ? gzipSync(plain, { level: 1 }) : plain;
    const writer = await at.app.get<FileStorage>(FILE_STORAGE, { strict: false }).create(key);
    await writer.write([bytes]);
    await writer.publish();
    const sha256 = (of: Buffer): Buffer => createHash('sha256').update(of).digest();
    await service.dataSource.query(
      `update export.file set storage_key = $1, encoding = $2, encrypted = $3, bytes = $4, sha256 = $5,
         stored_bytes = $6, stored_sha256 = $7`,
      [
        ...[key, encoding, encrypted, plain.length, sha256(plain), bytes.length],
        encoding === 'gzip' ? sha256(bytes) : null,
      ],
    );
    return { at, path: join(service.environment['STORAGE_DIRECTORY'] ?? '', key) };
  }

  async function answerOf(at: TestApp, name: RequestName): Promise<Answer> {
    const [headers, method] = REQUESTS[name];
    const url = `${at.fhirBase.replace(service.url, at.url)}/bulk-files/${jobId}/Patient.1.ndjson`;
    const authorization = { Authorization: `Bearer ${service.token}` };
    const answer = await rawRequest(url, { ...authorization, ...headers }, method).catch(
      () => undefined,
    );
    if (!answer) return 'broken';
    if (answer.status === 200 || answer.status === 206) return 'given';
    if (method === 'GET') expect(answer.body.toString()).toContain('"OperationOutcome"');
    expect(answer.status).toBe(500);
    return 'refused';
  }

  async function answers(at: TestApp, names: readonly RequestName[] = ALL): Promise<object> {
    const found: Record<string, Answer> = {};
    for (const name of names) found[name] = await answerOf(at, name);
    return found;
  }

  it('are known from their record, which says that they were encrypted', () => {
    expect(recorded).toStrictEqual([{ encrypted: true }]);
  });

  const flipped = async (path: string, at: (bytes: Buffer) => number): Promise<void> => {
    const bytes = await readFile(path);
    const place = at(bytes);
    bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place);
    await writeFile(path, bytes);
  };

  const FORMS = ['identity', 'gzip'].flatMap((encoding) =>
    [false, true].map((encrypted) => ({ encoding, encrypted })),
  );

  describe.each(FORMS)('stored as $encoding, encrypted: $encrypted,', (form) => {
    it('are given as long as nobody has touched them', async () => {
      const { at } = await store(form, LARGE);

      expect(await answers(at)).toStrictEqual(all('given'));
    });

    it.each<[string, (bytes: Buffer) => Buffer]>([
      [
        'cut in half at a line',
        (bytes) => bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length / 2) + 1),
      ],
      ['cut by their last byte', (bytes) => bytes.subarray(0, -1)],
      ['emptied', () => Buffer.alloc(0)],
      ['longer by a line', (bytes) => Buffer.concat([bytes, SMALL])],
    ])('are refused before anything is sent when they were %s', async (_what, damaged) => {
      const { at, path } = await store(form, LARGE);
      await writeFile(path, damaged(await readFile(path)));

      expect(await answers(at)).toStrictEqual(all('refused'));
    });

    it('are refused when they are gone, and are not called expired', async () => {
      const { at, path } = await store(form, LARGE);
      await rm(path);

      expect(await answers(at)).toStrictEqual(all('refused'));
    });

    it('are never given as a whole with another byte in the end', async () => {
      const large = await store(form, LARGE);
      await flipped(large.path, (bytes) => bytes.length - 1);

      expect(await answers(large.at, WHOLE)).toStrictEqual(all('broken', WHOLE));

      const small = await store(form, SMALL);
      await flipped(small.path, (bytes) => bytes.length - 1);

      expect(await answers(small.at, WHOLE)).toStrictEqual(all('refused', WHOLE));
    });

    it('are never given as a whole with another byte in the beginning', async () => {
      const { at, path } = await store(form, LARGE);
      await flipped(path, () => 1);

      const found = await answers(at, WHOLE);

      expect(Object.values(found)).not.toContain('given');
    });

    it('are never given as a whole in the place of others of the same length', async () => {
      const { path: other } = await store({ ...form, encoding: 'identity' }, OTHER_LARGE);
      const { at, path } = await store({ ...form, encoding: 'identity' }, LARGE);
      await writeFile(path, await readFile(other));

      const expected: Answer = form.encrypted ? 'refused' : 'broken';

      expect(await answers(at, WHOLE)).toStrictEqual(all(expected, WHOLE));
    });
  });

  describe.each(['identity', 'gzip'])('written encrypted, as %s,', (encoding) => {
    const form = { encoding, encrypted: true };

    it('are refused when their first block is not what was written', async () => {
      const { at, path } = await store(form, LARGE);
      await flipped(path, () => 100);
      const names = ['plain', 'gzip', 'range', 'range of gzip', 'head'] as const;

      expect(await answers(at, names)).toStrictEqual(all('refused', names));
    });

    it('are refused when plain text of their length is in their place, or another file', async () => {
      const { path: other } = await store(form, OTHER_LARGE);
      const { at, path } = await store(form, LARGE);
      const planted = encoding === 'gzip' ? gzipSync(LARGE, { level: 1 }) : LARGE;

      for (const bytes of [planted, await readFile(other)]) {
        await writeFile(path, bytes);

        expect(await answers(at)).toStrictEqual(all('refused'));
      }
    });

    it('are refused by an api without keys', async () => {
      await store(form, LARGE);

      expect(await answers(keyless)).toStrictEqual(all('refused'));
    });
  });

  it('are among the metrics of each service in a process, beside those of the process itself', async () => {
    for (const { url } of [service, keyless]) {
      const text = await (await fetch(`${url}/metrics`)).text();

      expect(text).toMatch(/^process_cpu_seconds_total \d/m);
      expect(text).toMatch(/^process_resident_memory_bytes \d/m);
      expect(text).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
      expect(text).toMatch(/^nodejs_heap_size_used_bytes \d/m);
      expect(text).toMatch(/^bulk_stored_file_faults_total\{fault="altered"\} \d/m);
    }
  });

  it('are told to operators once each: in the log by key and export, and as a metric of the process that met them', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const counted = async (at: TestApp): Promise<number> => {
      const text = await (await fetch(`${at.url}/metrics`)).text();
      return Number(/^bulk_stored_file_faults_total\{fault="missing"\} (\d+)$/m.exec(text)?.[1]);
    };
    const both = (): Promise<number[]> => Promise.all([keyless, service].map(counted));
    const { at, path } = await store({ encoding: 'identity', encrypted: false }, SMALL);
    await rm(path);
    const [before = NaN, elsewhere = NaN] = await both();

    await answerOf(at, 'plain');

    const storageKey = `exports/${jobId}/test.${written - 1}.ndjson`;
    expect(log.mock.calls.map(([line]) => line as unknown)).toStrictEqual([
      {
        ...{ jobId, storageKey, fault: 'missing', cause: undefined },
        reason: 'A stored file is not there.',
      },
    ]);
    expect(await both()).toStrictEqual([before + 1, elsewhere]);
    log.mockRestore();
  });

  it('are told to operators also when they are found out on the way', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const { at, path } = await store({ encoding: 'identity', encrypted: false }, LARGE);
    await flipped(path, (bytes) => bytes.length - 1);

    await answerOf(at, 'gzip');

    expect(log.mock.calls.map(([line]) => line as unknown)).toMatchObject([
      { jobId, fault: 'altered', reason: 'A stored file has other bytes than its record says.' },
    ]);
    log.mockRestore();
  });

  it('leave a client that leaves in peace: nothing is wrong with the file', async () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    const { at } = await store({ encoding: 'identity', encrypted: false }, LARGE);
    const controller = new AbortController();
    const url = `${at.fhirBase.replace(service.url, at.url)}/bulk-files/${jobId}/Patient.1.ndjson`;
    const headers = { Authorization: `Bearer ${service.token}`, 'Accept-Encoding': 'gzip' };
    const { status } = await fetch(url, { headers, signal: controller.signal });
    controller.abort();
    const answer = await rawRequest(url, headers);

    expect(status).toBe(200);
    expect(gunzipSync(answer.body).equals(LARGE)).toBe(true);
    expect(log).not.toHaveBeenCalled();
    log.mockRestore();
  });
});
