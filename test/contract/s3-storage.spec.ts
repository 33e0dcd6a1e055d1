import { createHash, randomBytes } from 'node:crypto';

import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  S3Client,
} from '@aws-sdk/client-s3';

import { CheckedStorage } from '../../src/storage/checked-storage';
import { s3 } from '../../src/storage/s3-driver';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { type S3Server, s3ServerAvailable, startS3Server } from '../support/s3-server';
import { s3Config, s3Environment } from '../support/storage';
import { until } from '../support/until';
import { fileStorageContract } from './file-storage.contract';

const describeWithServer = s3ServerAvailable() ? describe : describe.skip;

describeWithServer('S3', () => {
  let server: S3Server;

  beforeAll(async () => {
    server = await startS3Server();
  }, 180_000);

  afterAll(() => server.stop());

  fileStorageContract('S3', () =>
    Promise.resolve({
      storage: new CheckedStorage(s3(s3Config(server))),
      stop: () => Promise.resolve(),
    }),
  );

  const presigned = () => ({
    at: new Date(),
    lifetime: 60,
    contentType: 'application/fhir+ndjson',
    contentEncoding: undefined,
    fileName: 'Patient.1.ndjson',
  });

  async function openUploads(): Promise<number> {
    const { client, bucket: Bucket } = clientOf(server);
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket }));
    client.destroy();
    return page.Uploads?.length ?? 0;
  }

  it('uploads a large file in parts, byte for byte, and leaves no upload open', async () => {
    const storage = s3(s3Config(server));
    const writer = await storage.create('large');
    const hash = createHash('sha256');
    for (let i = 0; i < 25; i++) {
      const chunk = randomBytes(1_000_001);
      hash.update(chunk);
      await writer.write([chunk]);
    }
    await writer.publish();

    const stored = await storage.open('large');
    const read = createHash('sha256');
    for await (const chunk of stored?.stream ?? []) read.update(chunk as Buffer);

    expect(stored?.size).toBe(25_000_025);
    expect(read.digest('hex')).toBe(hash.digest('hex'));
    await expect(openUploads()).resolves.toBe(0);
  });

  it('aborts the upload of a file that is given up', async () => {
    const storage = s3(s3Config(server));
    const writer = await storage.create('given-up');
    await writer.write([randomBytes(20_000_000)]);

    await writer.abort();

    await expect(openUploads()).resolves.toBe(0);
    await expect(storage.open('given-up')).resolves.toBeUndefined();
  });

  it('aborts uploads of a writer that died, with the prefix that they belong to', async () => {
    const { client, bucket: Bucket } = clientOf(server);
    const Key = 'tests/exports/dead/a';
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));

    await s3(s3Config(server)).removePrefix('exports/dead');

    await expect(openUploads()).resolves.toBe(0);
    client.destroy();
  });

  it('fails loudly, and soon, when the bucket is not there or the secret is wrong', async () => {
    const wrong = { ...server.credentials, secretAccessKey: 'wrong'.repeat(4) };
    for (const changes of [{ bucket: 'nowhere' }, { credentials: wrong }]) {
      const storage = s3(s3Config(server, changes));
      const writer = await storage.create('a');
      const publish = writer.write([Buffer.from('a')]).then(() => writer.publish());

      await expect(publish).rejects.toThrow();
      await expect(storage.open('a')).rejects.toThrow();
    }
  });

  it('presigns URLs that need no credentials, say what they give, and are good for one file (FR-06)', async () => {
    const storage = s3(s3Config(server, { presignedDownloads: true }));
    const writer = await storage.create('signed');
    await writer.write([Buffer.from('0123456789')]);
    await writer.publish();
    const url = (await storage.presign('signed', presigned())) ?? '';

    const answer = await fetch(url);
    const part = await fetch(url, { headers: { Range: 'bytes=2-4' } });
    const other = await fetch(url.replace('/signed?', '/other?'));

    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/fhir+ndjson');
    expect(answer.headers.get('content-disposition')).toContain('Patient.1.ndjson');
    await expect(answer.text()).resolves.toBe('0123456789');
    await expect(part.text()).resolves.toBe('234');
    expect(other.status).toBe(403);
  });

  it('presigns URLs whose lifetime nobody can prolong (FR-06)', async () => {
    const storage = s3(s3Config(server, { presignedDownloads: true }));
    const writer = await storage.create('short');
    await writer.write([Buffer.from('x')]);
    await writer.publish();
    const url = new URL((await storage.presign('short', presigned())) ?? '');

    expect(url.searchParams.get('X-Amz-Expires')).toBe('60');

    url.searchParams.set('X-Amz-Expires', '600');

    expect((await fetch(url)).status).toBe(403);
  });

  it('presigns nothing unless that is switched on', async () => {
    await expect(s3(s3Config(server)).presign('signed', presigned())).resolves.toBeUndefined();
  });

  /** Goal cannot be read; files are stored as gzip, error files as they are. */
  describe('downloads from the storage itself', () => {
    let service: LoadedApp;
    let statusUrl: string;
    let manifest: Manifest;

    beforeAll(async () => {
      service = await startLoadedApp(4, {
        ...s3Environment(server),
        S3_PRESIGNED_DOWNLOADS: 'true',
        EXPORT_FILE_ENCODING: 'gzip',
        PART_MAX_ATTEMPTS: '1',
        FAULTS: 'source:Goal',
      });
      const path = 'Group/INF-101/$export?_type=Patient,Condition,Goal';
      statusUrl = await kickOff(service, path, service.token);
      manifest = await manifestOf(service, statusUrl, service.token);
    }, 60_000);

    afterAll(() => service.close());

    const ours = (name: string): string =>
      statusUrl.replace('bulk-status', 'bulk-files') + `/${name}`;

    it('need no token, which the manifest says (MF-06, MF-19, FR-06)', async () => {
      expect(manifest.requiresAccessToken).toBe(false);
      expect(manifest.output.map(({ type }) => type)).toStrictEqual(['Condition', 'Patient']);
      for (const { type, url } of manifest.output) {
        expect(url.startsWith(`${server.endpoint}/`)).toBe(true);
        const text = await (await fetch(url)).text();
        expect(text).toBe(await download(ours(`${type}.1.ndjson`), service.token));
      }
    });

    it('say what they are, and how they are encoded (FR-02, FR-08, FR-09)', async () => {
      const { headers } = await fetch(manifest.output[0]?.url ?? '');

      expect(headers.get('content-type')).toBe('application/fhir+ndjson');
      expect(headers.get('content-encoding')).toBe('gzip');
      expect(headers.get('content-disposition')).toBe('attachment; filename="Condition.1.ndjson"');
      expect(headers.get('cache-control')).toBe('no-store');
    });

    it('are there for error files, too, which are stored as they are (ER-01, FR-09)', async () => {
      const [file] = manifest.error;

      const answer = await fetch(file?.url ?? '');

      expect(answer.headers.get('content-type')).toBe('application/fhir+ndjson');
      expect(answer.headers.get('content-encoding')).toBeNull();
      expect(await answer.text()).toBe(await download(ours('error.1.ndjson'), service.token));
    });

    it('are signed anew with each manifest, for 300 s at most; nothing else changes (MF-20, PG-03, FR-06)', async () => {
      const urlOf = ({ output: [file] }: Manifest): URL => new URL(file?.url ?? '');
      const again = await until('a later second has come', async () => {
        const other = await manifestOf(service, statusUrl, service.token);
        return urlOf(other).search !== urlOf(manifest).search && other;
      });

      expect(urlOf(again).searchParams.get('X-Amz-Expires')).toBe('300');
      expect((await fetch(urlOf(again))).status).toBe(200);
      expect(withoutSignatures(again)).toStrictEqual(withoutSignatures(manifest));
    });

    it('end with the export (FR-06)', async () => {
      const [{ expires }] = await service.dataSource.query<[{ expires: Date }]>(
        'select expires_at as expires from export.job',
      );
      await service.clock.advance((expires.getTime() - service.clock.now().getTime()) / 1000 - 99);

      const { output } = await manifestOf(service, statusUrl, service.token);

      expect(new URL(output[0]?.url ?? '').searchParams.get('X-Amz-Expires')).toMatch(/^\d\d$/);
    });

    it('are in the audit log when they are given out, and never by their address', async () => {
      const events = await service.dataSource.query<{ detail: unknown }[]>(
        `select detail from audit.event where action = 'file.signed' order by at limit 1`,
      );

      expect(events).toStrictEqual([{ detail: { files: 3 } }]);
    });
  });
});

/** A certificate is signed anew, too. */
const withoutSignatures = (manifest: Manifest): Manifest =>
  JSON.parse(
    JSON.stringify(manifest)
      .replace(/\?X-Amz[^"]*/g, '')
      .replace(/(?<="urn:ehr-bulk-data:certificate":")[^"]+/, ''),
  ) as Manifest;

function clientOf({ endpoint, bucket, credentials }: S3Server): {
  readonly client: S3Client;
  readonly bucket: string;
} {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials,
  });
  return { client, bucket };
}
