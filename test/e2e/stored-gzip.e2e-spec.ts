import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { verifyExport } from '../../libs/smart-client/src';
import { randomFrom } from '../chaos/random';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { type DamagedExport, PLANTED_FAULTS } from '../support/planted-faults';

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

  describe('with their certificate', () => {
    const ROUNDS = 75;
    let folder: string;
    let complete: Manifest;
    const contents = new Map<string, string>();
    /** Files that need not be written again. */
    let onDisk: ReadonlyMap<string, string> = new Map();
    let keys: [{ kid: string }];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bulk-verified-'));
      const path = 'Group/INF-101/$export?_type=Patient,Condition,CarePlan';
      complete = await manifestOf(
        service,
        await kickOff(service, path, service.token),
        service.token,
      );
      for (const { url } of complete.output) {
        contents.set(nameOf(url), await download(url, service.token));
      }
      const { body } = await fetchRaw(`${service.url}/fhir/auth/jwks`, '');
      ({ keys } = JSON.parse(body.toString()) as { keys: [{ kid: string }] });
    });

    afterAll(() => rm(folder, { recursive: true }));

    const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

    /** What verifying finds in an export of these files alone. */
    async function faultsOf({ files, manifest: text }: DamagedExport): Promise<readonly string[]> {
      for (const name of new Set([...onDisk.keys(), ...files.keys()])) {
        const content = files.get(name);
        if (content === undefined) await rm(join(folder, name));
        else if (content !== onDisk.get(name)) await writeFile(join(folder, name), content);
      }
      onDisk = files;
      const { faults } = await verifyExport(folder, [JSON.parse(text)], { keys });
      return faults;
    }

    it('prove themselves, as NDJSON, as the gzip that came, and as gzip of another making', async () => {
      expect(contents.size).toBeGreaterThan(3);
      const whole = { files: contents, manifest: JSON.stringify(complete) };
      await expect(faultsOf(whole)).resolves.toStrictEqual([]);
      for (const [index, { url }] of complete.output.entries()) {
        const packed =
          index % 2 === 0
            ? (await fetchRaw(url, service.token, 'gzip')).body
            : gzipSync(contents.get(nameOf(url)) ?? '', { level: 9 });
        await rm(join(folder, nameOf(url)));
        await writeFile(join(folder, `${nameOf(url)}.gz`), packed);
      }

      const { faults, signer } = await verifyExport(folder, [complete]);
      for (const name of contents.keys()) await rm(join(folder, `${name}.gz`));
      onDisk = new Map();

      expect(faults).toStrictEqual([]);
      expect(signer?.isTrusted).toBe(false);
    });

    it.each(Object.entries(PLANTED_FAULTS))(
      `are found out ${ROUNDS} times of ${ROUNDS} when %s`,
      async (_, plant) => {
        const random = randomFrom(11);
        for (let round = 0; round < ROUNDS; round++) {
          const damaged = { files: new Map(contents), manifest: JSON.stringify(complete) };
          plant(damaged, (below) => Math.floor(random() * below));

          expect([round, (await faultsOf(damaged)).length]).not.toStrictEqual([round, 0]);
        }
      },
    );

    it('are not believed from a key that is not trusted', async () => {
      await faultsOf({ files: contents, manifest: JSON.stringify(complete) });
      const { signer } = await verifyExport(folder, [complete]);
      const { thumbprint = '' } = signer ?? {};

      const verified = await Promise.all([
        verifyExport(folder, [complete], { thumbprint }),
        verifyExport(folder, [complete], { thumbprint: 'another' }),
        verifyExport(folder, [complete], { keys: [{ ...keys[0], kid: 'another' }] }),
        verifyExport(folder, [{ ...complete, extension: {} }]),
      ]);

      expect(verified.map(({ signer: found }) => found?.isTrusted)).toStrictEqual([
        true,
        undefined,
        undefined,
        undefined,
      ]);
      expect(verified.map(({ faults }) => faults.length)).toStrictEqual([0, 1, 1, 1]);
    });
  });
});
