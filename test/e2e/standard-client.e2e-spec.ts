import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BulkClient, BulkRequestError, generateClientKeys } from '../../libs/smart-client/src';
import { AppRegistry } from '../../src/auth';
import { openApiDocument } from '../../src/docs';
import { describedBy } from '../support/described';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';

/** Publishes a JWKS, as an app's developer does. */
async function publish(jwks: unknown): Promise<{ url: string; server: Server }> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(jwks));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/jwks.json`, server };
}

describe('A client that knows nothing but the base URL and its key (KO-07, SEC-03)', () => {
  let service: LoadedApp;
  let folder: string;

  beforeAll(async () => {
    service = await startLoadedApp(8);
    folder = await mkdtemp(join(tmpdir(), 'bulk-client-'));
  });

  afterAll(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    ['RS384', 'GET', 'inline'],
    ['ES384', 'POST', 'inline'],
    ['RS384', 'POST', 'URL'],
    ['ES384', 'GET', 'URL'],
  ] as const)(
    'discovers, authenticates with %s, kicks off by %s, waits, downloads and deletes (JWKS %s; RG-02, JW-08, SM-04)',
    async (algorithm, method, kind) => {
      const { jwks, privateJwk } = await generateClientKeys(algorithm);
      const published = kind === 'URL' ? await publish(jwks) : undefined;
      const app = await service.app.get(AppRegistry, { strict: false }).register({
        name: `Client with ${algorithm}`,
        type: 'system',
        ...(published ? { jwksUrl: published.url } : { jwks }),
        groups: ['INF-101'],
      });
      const client = new BulkClient({ fhirBase: service.fhirBase, clientId: app.id, privateJwk });

      const statusUrl = await client.kickOff(
        'INF-101',
        { types: ['Patient', 'Condition'] },
        method,
      );
      const manifest = await client.waitFor(statusUrl);
      for (const [index, file] of manifest.output.entries()) {
        const target = join(folder, `${app.id}.${index}`);
        const download = await client.download(file.url, target);
        const text = await readFile(target, 'utf8');

        expect(download.lines).toBe(file.count);
        expect(text.split('\n').slice(0, -1)).toHaveLength(download.lines);
      }
      await client.delete(statusUrl);

      const faultsOf = describedBy(openApiDocument(service.app, service.config));
      const described = { status: 200, body: manifest };
      expect(faultsOf('get /fhir/bulk-status/{job}', described)).toStrictEqual([]);
      expect(manifest.output.map((file) => file.type)).toStrictEqual(['Condition', 'Patient']);
      await expect(client.poll(statusUrl)).rejects.toThrow(BulkRequestError);
      published?.server.close();
    },
  );
});
