import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { JWK } from 'jose';

import { BulkClient } from './bulk-client';
import { generateClientKeys } from './client-keys';
import type { ExportState } from './export-state';
import { BulkRequestError } from './request';
import { BulkServer, json, status } from './testing/bulk-server';

const MANIFEST = {
  transactionTime: '2026-01-31T11:28:17.239Z',
  request: 'http://ehr.example.org/fhir/Group/g/$export',
  requiresAccessToken: true,
  output: [],
  error: [],
};

describe(BulkClient, () => {
  let privateJwk: JWK;
  let server: BulkServer;
  let client: BulkClient;

  beforeAll(async () => {
    ({ privateJwk } = await generateClientKeys('ES384'));
  });

  beforeEach(async () => {
    server = await BulkServer.start();
    server.withTokens();
    client = new BulkClient({ fhirBase: server.fhirBase, clientId: 'app', privateJwk });
  });

  afterEach(() => server.close());

  const outcome = (diagnostics: string): object => ({
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: 'not-found', diagnostics }],
  });

  describe('token', () => {
    it('is asked for with an assertion for the endpoint that discovery names', async () => {
      expect(await client.token()).toBe('token-1');

      const [request] = server.requests('POST /auth/token');
      const form = new URLSearchParams(request?.body);
      const claims = form.get('client_assertion')?.split('.')[1] ?? '';
      expect(form.get('grant_type')).toBe('client_credentials');
      expect(form.get('scope')).toBe('system/*.rs');
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
        aud: `${server.fhirBase}/auth/token`,
      });
    });

    it('is used again, and asked for once by callers at the same time', async () => {
      expect(await Promise.all([client.token(), client.token()])).toStrictEqual([
        'token-1',
        'token-1',
      ]);
      expect(await client.token()).toBe('token-1');
    });

    it('is replaced before it expires', async () => {
      const later = jest.spyOn(Date, 'now');
      try {
        await client.token();
        later.mockReturnValue(Date.now() + 271_000);

        expect(await client.token()).toBe('token-2');
      } finally {
        later.mockRestore();
      }
    });

    it('is asked for anew after a failure, which says what the server said', async () => {
      const refusal = { error: 'invalid_client', error_description: 'The client is disabled.' };
      server.on('POST /auth/token', json(401, refusal), json(200, { access_token: 'good' }));

      await expect(client.token()).rejects.toThrow(/401, The client is disabled\.$/);
      expect(await client.token()).toBe('good');
    });
  });

  describe('kickOff', () => {
    const accepted = status(202, { 'Content-Location': '/fhir/bulk-status/1' });

    it('asks for an asynchronous answer with the parameters in the query', async () => {
      server.on('GET /Group/g/$export', accepted);
      const types = ['Patient', 'Condition'];

      const url = await client.kickOff('g', { types, since: '2026-01-31T13:28:17.239+02:00' });

      const [request] = server.requests('GET /Group/g/$export');
      expect(url).toBe(`${server.fhirBase}/bulk-status/1`);
      expect(request?.headers).toMatchObject({
        authorization: 'Bearer token-1',
        accept: 'application/fhir+json',
        prefer: 'respond-async',
      });
      const { searchParams } = new URL(request?.url ?? '', server.fhirBase);
      expect(Object.fromEntries(searchParams)).toStrictEqual({
        _type: 'Patient,Condition',
        _since: '2026-01-31T13:28:17.239+02:00',
      });
    });

    it('posts a Parameters resource when told to', async () => {
      server.on('POST /Group/g/$export', accepted);

      await client.kickOff('g', { types: ['Patient'], outputFormat: 'ndjson' }, 'POST');

      const [request] = server.requests('POST /Group/g/$export');
      expect(request?.headers['content-type']).toBe('application/fhir+json');
      expect(JSON.parse(request?.body ?? '')).toStrictEqual({
        resourceType: 'Parameters',
        parameter: [
          { name: '_type', valueString: 'Patient' },
          { name: '_outputFormat', valueString: 'ndjson' },
        ],
      });
    });

    it('fails with the status and the diagnostics of the OperationOutcome', async () => {
      server.on('GET /Group/g/$export', json(404, outcome('There is no such group.')));

      const failure = client.kickOff('g');

      await expect(failure).rejects.toBeInstanceOf(BulkRequestError);
      await expect(failure).rejects.toMatchObject({
        status: 404,
        diagnostics: ['There is no such group.'],
        message: `GET ${server.fhirBase}/Group/g/$export: 404, There is no such group.`,
      });
    });

    it('tries once more with a new token when the old one is not taken', async () => {
      server.on('GET /Group/g/$export', status(401), accepted);

      await client.kickOff('g');

      expect(
        server.requests('GET /Group/g/$export').map(({ headers }) => headers.authorization),
      ).toStrictEqual(['Bearer token-1', 'Bearer token-2']);
    });
  });

  describe('waitFor', () => {
    it('comes back as told, also after 429, and gives the manifest', async () => {
      server.on(
        'GET /bulk-status/1',
        status(202, { 'X-Progress': '40%', 'Retry-After': '0' }),
        json(429, outcome('Too early.'), { 'Retry-After': '1' }),
        json(200, MANIFEST, { Expires: 'Sat, 31 Jan 2026 12:00:00 GMT' }),
      );
      const states: ExportState[] = [];
      const begun = Date.now();

      const manifest = await client.waitFor(`${server.fhirBase}/bulk-status/1`, {
        onProgress: (state) => states.push(state),
      });

      expect(manifest).toStrictEqual(MANIFEST);
      expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
      expect(states).toStrictEqual([
        { state: 'in-progress', progress: '40%', retryAfter: 0 },
        { state: 'too-early', retryAfter: 1 },
        { state: 'complete', manifest: MANIFEST, expires: new Date('2026-01-31T12:00:00Z') },
      ]);
    });

    it('fails when the export failed', async () => {
      server.on('GET /bulk-status/1', json(500, outcome('The disk is full.')));

      await expect(client.waitFor(`${server.fhirBase}/bulk-status/1`)).rejects.toThrow(
        '500, The disk is full.',
      );
    });

    it('ends its wait when aborted', async () => {
      server.on('GET /bulk-status/1', status(202, { 'Retry-After': '60' }));
      const interruption = new AbortController();

      const waiting = client.waitFor(`${server.fhirBase}/bulk-status/1`, {
        signal: interruption.signal,
        onProgress: () => {
          interruption.abort();
        },
      });

      await expect(waiting).rejects.toThrow('abort');
    });

    it('refuses a manifest that is none', async () => {
      server.on('GET /bulk-status/1', json(200, { ...MANIFEST, error: undefined }));

      await expect(client.waitFor(`${server.fhirBase}/bulk-status/1`)).rejects.toThrow(
        'The manifest has no list error.',
      );
    });
  });

  describe('download', () => {
    let directory: string;

    beforeEach(async () => {
      directory = await mkdtemp(join(tmpdir(), 'smart-client-'));
    });

    afterEach(async () => {
      await rm(directory, { recursive: true });
    });

    const text = '{"resourceType":"Patient","name":"Ünïcode"}\n'.repeat(50_000);

    it('writes the file and says what it holds', async () => {
      server.on('GET /bulk-files/1/Patient.1.ndjson', (_request, response) => {
        response.end(text);
      });
      const path = join(directory, 'Patient.1.ndjson');

      const download = await client.download(
        `${server.fhirBase}/bulk-files/1/Patient.1.ndjson`,
        path,
      );

      expect(download).toStrictEqual({
        bytes: Buffer.byteLength(text),
        lines: 50_000,
        sha256: createHash('sha256').update(text).digest('hex'),
      });
      expect(await readFile(path, 'utf8')).toBe(text);
    });

    it('keeps its token to itself where the manifest requires none (FR-07)', async () => {
      server.on('GET /signed/Patient.1.ndjson', (_request, response) => {
        response.end('{}\n');
      });
      const url = `${server.fhirBase}/signed/Patient.1.ndjson`;

      await client.download(url, join(directory, 'file'), { requiresAccessToken: false });

      const [request] = server.requests('GET /signed/Patient.1.ndjson');
      expect(request?.headers).not.toHaveProperty('authorization');
    });

    it('leaves nothing behind when the server breaks off', async () => {
      server.on('GET /bulk-files/1/Patient.1.ndjson', (_request, response) => {
        response.setHeader('Content-Length', '1000');
        response.write('{}\n', () => response.destroy());
      });
      const url = `${server.fhirBase}/bulk-files/1/Patient.1.ndjson`;

      await expect(client.download(url, join(directory, 'file'))).rejects.toThrow('broke off');
      expect(await readdir(directory)).toStrictEqual([]);
    });

    it('makes no file of a refusal', async () => {
      server.on('GET /bulk-files/1/Patient.1.ndjson', json(404, outcome('It has expired.')));
      const url = `${server.fhirBase}/bulk-files/1/Patient.1.ndjson`;

      await expect(client.download(url, join(directory, 'file'))).rejects.toThrow(
        '404, It has expired.',
      );
      expect(await readdir(directory)).toStrictEqual([]);
    });
  });

  it('deletes an export', async () => {
    server.on('DELETE /bulk-status/1', status(202));

    await client.delete(`${server.fhirBase}/bulk-status/1`);

    expect(server.requests('DELETE /bulk-status/1')).toHaveLength(1);
  });

  it('says where nobody answers', async () => {
    await server.close();

    await expect(client.token()).rejects.toThrow(
      /smart-configuration: no answer \(.*ECONNREFUSED.*\)\.$/,
    );
  });
});
