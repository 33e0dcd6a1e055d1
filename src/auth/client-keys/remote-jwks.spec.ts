import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { HostClock } from '../../common';
import type { Config } from '../../config';
import { RemoteJwks } from './remote-jwks';

class MovableClock extends HostClock {
  private time = 0;

  override elapsed(): number {
    return this.time;
  }

  advance(seconds: number): void {
    this.time += seconds * 1000;
  }
}

const CONFIG = { auth: { allowPrivateJwksAddresses: true } } as Config; // all that RemoteJwks reads

let server: Server;
let url: string;
let fetches: number;
let kids: readonly string[];
let cacheControl: string;
let status: number;
let clock: MovableClock;
let remote: RemoteJwks;

describe('RemoteJwks', () => {
  beforeEach(async () => {
    fetches = 0;
    kids = ['k1'];
    cacheControl = 'max-age=600';
    status = 200;
    clock = new MovableClock();
    remote = new RemoteJwks(CONFIG, clock);
    server = createServer((_, response) => {
      fetches += 1;
      response.writeHead(status, { 'Cache-Control': cacheControl });
      response.end(JSON.stringify({ keys: kids.map((kid) => ({ kid })) }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('serves a set from the cache within its max-age, and no longer (RG-06, RG-07)', async () => {
    await remote.keys(url, 'k1');
    clock.advance(599);
    await remote.keys(url, 'k1');
    expect(fetches).toBe(1);

    clock.advance(2);
    await remote.keys(url, 'k1');
    expect(fetches).toBe(2);
  });

  it('fetches each time when the client says no-store (RG-07)', async () => {
    cacheControl = 'no-store';

    await remote.keys(url, 'k1');
    await remote.keys(url, 'k1');

    expect(fetches).toBe(2);
  });

  it('looks at once for a kid that is not in the cache, then at most once a minute (RG-10)', async () => {
    await remote.keys(url, 'k1');
    kids = ['k1', 'k2'];

    expect(await remote.keys(url, 'k2')).toStrictEqual([{ kid: 'k1' }, { kid: 'k2' }]);
    await remote.keys(url, 'k3');
    await remote.keys(url, 'k4');
    expect(fetches).toBe(2);

    clock.advance(61);
    await remote.keys(url, 'k3');
    expect(fetches).toBe(3);
  });

  it('shares one fetch among requests at the same time (RG-11)', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => remote.keys(url, 'k1')));

    expect(fetches).toBe(1);
    expect(all).toHaveLength(20);
  });

  it('fails when the set is no longer fresh and cannot be fetched (RG-06)', async () => {
    await remote.keys(url, 'k1');
    status = 500;
    clock.advance(601);

    await expect(remote.keys(url, 'k1')).rejects.toThrow('answers 500');
  });

  it('serves a stale set on errors as long as stale-if-error permits (RG-06)', async () => {
    cacheControl = 'max-age=600, stale-if-error=100';
    await remote.keys(url, 'k1');
    status = 503;

    clock.advance(690);
    expect(await remote.keys(url, 'k1')).toStrictEqual([{ kid: 'k1' }]);

    clock.advance(20);
    await expect(remote.keys(url, 'k1')).rejects.toThrow('answers 503');
  });

  it('keeps to the fresh set when the search for an unknown kid fails', async () => {
    await remote.keys(url, 'k1');
    status = 500;

    expect(await remote.keys(url, 'k2')).toStrictEqual([{ kid: 'k1' }]);
  });

  it('tries again after a failed fetch', async () => {
    status = 500;
    await expect(remote.keys(url, 'k1')).rejects.toThrow('answers 500');
    status = 200;

    expect(await remote.keys(url, 'k1')).toStrictEqual([{ kid: 'k1' }]);
  });
});
