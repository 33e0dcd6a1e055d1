import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { FILE_STORAGE, type FileStorage } from '../../src/storage';
import { kickOff, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { type RawAnswer, rawRequest } from '../support/raw-request';

/** How a file lies in the storage; what clients see must be the same. */
describe.each(['identity', 'gzip'] as const)('Downloads of files stored as %s', (stored) => {
  let service: LoadedApp;
  let url: string;
  let plain: Buffer;

  beforeAll(async () => {
    service = await startLoadedApp(8);
    const statusUrl = await kickOff(
      service,
      'Group/INF-101/$export?_type=Observation',
      service.token,
    );
    const manifest = await manifestOf(service, statusUrl, service.token);
    url = manifest.output[0]?.url ?? '';
    plain = (await get()).body;
    if (stored === 'gzip') await storeCompressed(service, plain);
  });

  afterAll(() => service.close());

  function get(headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<RawAnswer> {
    return rawRequest(url, { Authorization: `Bearer ${service.token}`, ...headers }, method);
  }

  it('sends the plain form to clients that ask for nothing else (FR-01, FR-02, FR-08)', async () => {
    const { status, headers, body } = await get();

    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/fhir+ndjson');
    expect(headers['content-encoding']).toBeUndefined();
    expect(headers['content-length']).toBe(String(plain.length));
    expect(headers.vary).toMatch(/\baccept-encoding\b/i);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers.etag).toMatch(/^"[^"]+"$/);
    expect(body.equals(plain)).toBe(true);
  });

  it('sends gzip to clients that like it, and says so (FR-08, FR-09)', async () => {
    const { headers, body } = await get({ 'Accept-Encoding': 'gzip, deflate, br' });

    expect(headers['content-encoding']).toBe('gzip');
    expect(headers['content-type']).toBe('application/fhir+ndjson');
    expect(headers.vary).toMatch(/\baccept-encoding\b/i);
    expect(gunzipSync(body).equals(plain)).toBe(true);
  });

  it.each([
    ['gzip;q=0', undefined],
    ['identity', undefined],
    ['gzip;q=0.2, identity;q=0.8', undefined],
    ['gzip;q=0.8, identity;q=0.2', 'gzip'],
    ['br', undefined],
    ['*;q=0, gzip', 'gzip'],
  ])('obeys Accept-Encoding: %s (FR-08)', async (accepted, expected) => {
    const { headers } = await get({ 'Accept-Encoding': accepted });

    expect(headers['content-encoding']).toBe(expected);
  });

  it('refuses clients that take no form at all with 406 (FR-04)', async () => {
    const { status, body } = await get({ 'Accept-Encoding': 'identity;q=0, br' });

    expect(status).toBe(406);
    expect(JSON.parse(body.toString())).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it('gives each form a strong ETag of its own, the same each time (FR-12)', async () => {
    const plainTags = [await get(), await get()].map(({ headers }) => headers.etag);
    const { headers } = await get({ 'Accept-Encoding': 'gzip' });

    expect(plainTags[0]).toBe(plainTags[1]);
    expect(headers.etag).toMatch(/^"[^"]+"$/);
    expect(headers.etag).not.toBe(plainTags[0]);
  });

  it('cuts ranges of the plain form out of the very same bytes (FR-12)', async () => {
    const size = plain.length;
    const ranges = [
      [0, 0],
      [1, 99],
      [Math.floor(size / 2), Math.floor(size / 2) + 70_000],
      [size - 1, size - 1],
      [0, size - 1],
    ] as const;
    for (const [start, end] of ranges) {
      const last = Math.min(end, size - 1);
      const { status, headers, body } = await get({ Range: `bytes=${start}-${end}` });

      expect(status).toBe(206);
      expect(headers['content-range']).toBe(`bytes ${start}-${last}/${size}`);
      expect(headers['content-length']).toBe(String(last - start + 1));
      expect(body.equals(plain.subarray(start, last + 1))).toBe(true);
    }
  });

  it('puts a download together from suffix, prefix and middle (FR-12)', async () => {
    const head = await get({ Range: 'bytes=0-999' });
    const middle = await get({ Range: `bytes=1000-${plain.length - 501}` });
    const tail = await get({ Range: 'bytes=-500' });

    expect(Buffer.concat([head.body, middle.body, tail.body]).equals(plain)).toBe(true);
  });

  it('answers 416 with the size for a range outside the file (FR-12)', async () => {
    const { status, headers, body } = await get({ Range: `bytes=${plain.length}-` });

    expect(status).toBe(416);
    expect(headers['content-range']).toBe(`bytes */${plain.length}`);
    expect(JSON.parse(body.toString())).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it('goes on after a break when If-Range names the same form, and begins anew otherwise (FR-12)', async () => {
    const { headers } = await get();
    const range = { Range: 'bytes=10-19' };

    const same = await get({ ...range, 'If-Range': headers.etag ?? '' });
    const other = await get({ ...range, 'If-Range': '"other"' });

    expect(same.status).toBe(206);
    expect(same.body.equals(plain.subarray(10, 20))).toBe(true);
    expect(other.status).toBe(200);
    expect(other.body.equals(plain)).toBe(true);
  });

  it('answers 304 to If-None-Match of the form, and sends another one (FR-12)', async () => {
    const { headers } = await get();
    const known = { 'If-None-Match': headers.etag ?? '' };

    const again = await get(known);
    const compressed = await get({ ...known, 'Accept-Encoding': 'gzip' });

    expect(again.status).toBe(304);
    expect(again.headers.etag).toBe(headers.etag);
    expect(again.body).toHaveLength(0);
    expect(compressed.status).toBe(200);
  });

  it('answers 412 when If-Match names another file (FR-12)', async () => {
    expect((await get({ 'If-Match': '"other"' })).status).toBe(412);
  });

  it('describes by HEAD what GET would send, and sends nothing (FR-12)', async () => {
    const [head, full] = [await get({ Range: 'bytes=0-9' }, 'HEAD'), await get()];
    const described = ['content-type', 'content-length', 'etag', 'vary', 'accept-ranges'] as const;

    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    for (const name of described) expect(head.headers[name]).toBe(full.headers[name]);
  });

  it('notes who took which bytes, and nothing for what was not sent', async () => {
    const before = await downloadsNoted(service);
    await get({}, 'HEAD');
    await get({ Range: 'bytes=3-5' });

    const noted = (await downloadsNoted(service)).slice(before.length);

    expect(noted).toStrictEqual([{ file: 'Observation.1.ndjson', range: '3-5' }]);
  });
});

describe('Downloads of compressed files', () => {
  it('sends stored gzip as it lies there, and ranges of it (FR-08, FR-12)', async () => {
    const service = await startLoadedApp(3);
    const statusUrl = await kickOff(service, 'Group/INF-101/$export?_type=Patient', service.token);
    const manifest = await manifestOf(service, statusUrl, service.token);
    const url = manifest.output[0]?.url ?? '';
    const headers = { Authorization: `Bearer ${service.token}` };
    const { body: plain } = await rawRequest(url, headers);
    const stored = await storeCompressed(service, plain);
    const gzip = { ...headers, 'Accept-Encoding': 'gzip' };

    const whole = await rawRequest(url, gzip);
    const part = await rawRequest(url, { ...gzip, Range: 'bytes=5-24' });

    expect(whole.headers['content-length']).toBe(String(stored.length));
    expect(whole.body.equals(stored)).toBe(true);
    expect(part.status).toBe(206);
    expect(part.headers['content-range']).toBe(`bytes 5-24/${stored.length}`);
    expect(part.body.equals(stored.subarray(5, 25))).toBe(true);
    await service.close();
  });
});

/** Puts the first file of the only export into the storage as two gzip members. */
async function storeCompressed(service: LoadedApp, plain: Buffer): Promise<Buffer> {
  const middle = Math.floor(plain.length / 2);
  const stored = Buffer.concat([
    gzipSync(plain.subarray(0, middle)),
    gzipSync(plain.subarray(middle)),
  ]);
  const key = `exports/${createHash('sha256').update(stored).digest('hex')}`;
  const storage = service.app.get<FileStorage>(FILE_STORAGE, { strict: false });
  const writer = await storage.create(key);
  await writer.write([stored]);
  await writer.publish();
  await service.dataSource.query(
    `update export.file set encoding = 'gzip', stored_bytes = $1, storage_key = $2`,
    [stored.length, key],
  );
  return stored;
}

async function downloadsNoted(service: LoadedApp): Promise<readonly unknown[]> {
  const rows = await service.dataSource.query<{ detail: unknown }[]>(
    `select detail from audit.event where action = 'file.downloaded' order by id`,
  );
  return rows.map(({ detail }) => detail);
}
