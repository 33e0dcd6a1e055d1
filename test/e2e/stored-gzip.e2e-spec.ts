import { createHash } from 'node:crypto';
import { get } from 'node:http';
import { gunzipSync } from 'node:zlib';

import { kickOff, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';

interface Answer {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As it comes over the wire: nothing is decompressed. */
function fetchRaw(url: string, token: string, acceptEncoding?: string): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(acceptEncoding !== undefined && { 'accept-encoding': acceptEncoding }),
  };
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ headers: response.headers, body: Buffer.concat(chunks) });
      });
    }).on('error', reject);
  });
}

describe('Files that are stored as gzip (EXPORT_FILE_ENCODING)', () => {
  let service: LoadedApp;
  let manifest: Manifest;

  beforeAll(async () => {
    service = await startLoadedApp(10, {
      EXPORT_FILE_ENCODING: 'gzip',
      EXPORT_FILE_MAX_BYTES: '20000',
    });
    const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
    manifest = await manifestOf(service, statusUrl, service.token);
  });

  afterAll(() => service.close());

  it('records both sizes; count, bytes and hash are those of the NDJSON', async () => {
    const files = await service.dataSource.query<{ saved: boolean }[]>(
      `select encoding, stored_bytes < bytes as saved, encrypted from export.file`,
    );

    expect(files).toHaveLength(manifest.output.length);
    for (const file of files) {
      expect(file).toStrictEqual({ encoding: 'gzip', saved: true, encrypted: false });
    }
  });

  it('gives NDJSON to those who do not ask for gzip, with its length and hash (FR-02)', async () => {
    for (const { url, count } of manifest.output) {
      const { headers, body } = await fetchRaw(url, service.token);

      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['content-length']).toBe(String(body.length));
      expect(headers['etag']).toBe(`"${createHash('sha256').update(body).digest('hex')}"`);
      expect(body.toString().split('\n').slice(0, -1)).toHaveLength(count);
    }
  });

  it('gives the gzip as it is stored to those who accept it, under a tag of its own', async () => {
    const [file] = manifest.output;
    const { 'urn:ehr-bulk-data:gzip-sha256': hash } = file?.extension ?? {};
    const plain = await fetchRaw(file?.url ?? '', service.token, 'gzip;q=0, identity');

    const packed = await fetchRaw(file?.url ?? '', service.token, 'gzip, deflate');

    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.headers['vary']).toContain('Accept-Encoding');
    expect(packed.headers['content-length']).toBe(String(packed.body.length));
    expect(packed.headers['etag']).not.toBe(plain.headers['etag']);
    expect(hash).toBe(createHash('sha256').update(packed.body).digest('hex'));
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  });
});
