import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { fetchJwks, type FetchLimits } from './fetch-jwks';

const OPEN: FetchLimits = { allowPrivateAddresses: true, timeoutMs: 300, maxBytes: 1000 };
const SET = JSON.stringify({ keys: [{ kid: 'k1' }] });

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/jwks`;
}

describe('fetchJwks', () => {
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  it('reads a set with GET and Accept: application/json (RG-09)', async () => {
    let asked = '';
    const url = await serve((request, response) => {
      asked = `${String(request.method)} ${String(request.headers.accept)}`;
      response.setHeader('Cache-Control', 'max-age=7').end(SET);
    });

    const fetched = await fetchJwks(url, OPEN);

    expect(asked).toBe('GET application/json');
    expect(fetched.keys).toStrictEqual([{ kid: 'k1' }]);
    expect(fetched.freshness.fresh).toBe(7);
  });

  it('reads a set that begins with a byte order mark', async () => {
    const url = await serve((_request, response) => response.end(`\uFEFF${SET}`));

    expect((await fetchJwks(url, OPEN)).keys).toStrictEqual([{ kid: 'k1' }]);
  });

  it.each([301, 302, 307, 308])('does not follow a redirect (%d) (RG-11)', async (status) => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      seen.push(String(request.url));
      if (request.url === '/jwks') response.writeHead(status, { Location: '/other' }).end();
      else response.end(SET);
    });

    await expect(fetchJwks(url, OPEN)).rejects.toThrow(`answers ${status}, not 200`);
    expect(seen).toStrictEqual(['/jwks']);
  });

  it.each([404, 500, 204])('refuses the status %d', async (status) => {
    const url = await serve((_, response) => response.writeHead(status).end());

    await expect(fetchJwks(url, OPEN)).rejects.toThrow(`answers ${status}, not 200`);
  });

  it('gives up on a server that does not answer in time (RG-11)', async () => {
    const url = await serve(() => undefined);

    await expect(fetchJwks(url, OPEN)).rejects.toThrow('takes too long');
  });

  it('gives up on a server that sends its body too slowly (RG-11)', async () => {
    const url = await serve((_, response) => {
      response.write('{');
    });

    await expect(fetchJwks(url, OPEN)).rejects.toThrow('takes too long');
  });

  it('stops reading a body that is too large (RG-11)', async () => {
    let closed: () => void;
    const whenClosed = new Promise<void>((resolve) => (closed = resolve));
    const url = await serve((_, response) => {
      response.on('close', () => {
        closed();
      });
      const more = (): void => {
        while (response.write('x'.repeat(1000)));
        response.once('drain', more);
      };
      more();
    });

    const fetched = fetchJwks(url, { ...OPEN, timeoutMs: 10_000 });

    await expect(fetched).rejects.toThrow('more than 1000 bytes');
    await whenClosed;
  });

  it.each([
    ['<html>', 'does not give JSON'],
    ['[]', 'does not give a JWK Set'],
    ['{"keys":{}}', 'does not give a JWK Set'],
  ])('refuses the body %s', async (body, words) => {
    const url = await serve((_, response) => response.end(body));

    await expect(fetchJwks(url, OPEN)).rejects.toThrow(words);
  });

  it('says that a server cannot be reached', async () => {
    const url = await serve(() => undefined);
    server?.close();

    await expect(fetchJwks(url, OPEN)).rejects.toThrow('cannot be reached (ECONNREFUSED)');
  });
});

describe('fetchJwks on the public internet', () => {
  const GUARDED: FetchLimits = { ...OPEN, allowPrivateAddresses: false };

  it('refuses plain http (RG-03, RG-11)', async () => {
    await expect(fetchJwks('http://keys.example.org/jwks', GUARDED)).rejects.toThrow('not https');
  });

  it('refuses a private address in the URL (RG-11)', async () => {
    await expect(fetchJwks('https://127.0.0.1/jwks', GUARDED)).rejects.toThrow('private address');
  });

  it.each([
    ['a private address', ['127.0.0.1']],
    ['a private address beside a public one', ['8.8.8.8', '10.0.0.1']],
    ['the address of a cloud metadata service', ['169.254.169.254']],
  ])('refuses a name with %s, without connecting (RG-11)', async (_, addresses) => {
    const resolve: FetchLimits['resolve'] = (_hostname, done) => {
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    };

    const fetched = fetchJwks('https://keys.example.org/jwks', { ...GUARDED, resolve });

    await expect(fetched).rejects.toThrow('private address');
  });

  it('says so when a name has no address', async () => {
    const fetched = fetchJwks('https://jwks.gone.invalid/k', { allowPrivateAddresses: false });

    await expect(fetched).rejects.toThrow(/cannot be reached \(E\w+\)|takes too long/);
  });

  it.each<[string, LookupAddress[] | undefined, string]>([
    ['nothing at all', undefined, 'without addresses'],
    ['an empty list', [], 'without addresses'],
    ['a text that is no address', [{ address: 'fe80::1%eth0', family: 6 }], 'address'],
  ])('refuses a name for which the resolver gives %s (RG-11)', async (_, addresses, words) => {
    const resolve: FetchLimits['resolve'] = (_hostname, done) => {
      setImmediate(done, null, addresses);
    };

    const fetched = fetchJwks('https://keys.example.org/jwks', { ...GUARDED, resolve });

    await expect(fetched).rejects.toThrow(words);
  });
});
