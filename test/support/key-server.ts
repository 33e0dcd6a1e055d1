import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { JWK } from 'jose';

/** A server that publishes keys: a client's own, or an authorisation server's. */
export interface KeyServer {
  readonly url: string;
  keys: readonly JWK[];
  headers: Readonly<Record<string, string>>;
  status: number;
  fetches: number;
  close(): void;
}

export async function startKeyServer(keys: readonly JWK[]): Promise<KeyServer> {
  const server: Server = createServer((_, response) => {
    published.fetches += 1;
    response.writeHead(published.status, { ...published.headers });
    response.end(JSON.stringify({ keys: published.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const published: KeyServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    keys,
    headers: { 'Cache-Control': 'max-age=600' },
    status: 200,
    fetches: 0,
    close: () => server.close(),
  };
  return published;
}
