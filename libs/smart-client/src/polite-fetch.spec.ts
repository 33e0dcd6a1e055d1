import { PoliteFetch } from './polite-fetch';
import { BulkServer, json, status } from './testing/bulk-server';

describe(PoliteFetch, () => {
  let server: BulkServer;
  let pauses: number[];

  beforeEach(async () => {
    server = await BulkServer.start();
    pauses = [];
  });

  afterEach(() => server.close());

  /** One whose pauses are noted and not made. */
  function polite(patience = { attempts: 4, longestWait: 60, longestRest: 3600 }): PoliteFetch {
    return new PoliteFetch(patience, (milliseconds) => {
      pauses.push(Math.round(milliseconds / 1000));
      return Promise.resolve();
    });
  }

  it('asks again after as long as the server says, or longer and longer when it says nothing', async () => {
    server.on(
      'GET /a',
      ...[status(429, { 'Retry-After': '7' }), status(503), status(503), json(200, {})],
    );

    const response = await polite().fetch(`${server.fhirBase}/a`);

    expect(response.status).toBe(200);
    expect(pauses).toStrictEqual([7, 2, 4]);
  });

  it('hands the answer on after some attempts, and when it is told to wait for long', async () => {
    server.on('GET /busy', status(429, { 'Retry-After': '1' }));
    server.on('GET /away', status(503, { 'Retry-After': '1800' }));
    const fetching = polite();

    const busy = await fetching.fetch(`${server.fhirBase}/busy`);
    const away = await fetching.fetch(`${server.fhirBase}/away`);

    expect([busy.status, away.status]).toStrictEqual([429, 503]);
    expect(server.requests('GET /busy')).toHaveLength(4);
    expect(server.requests('GET /away')).toHaveLength(1);
  });

  it('makes no further request before that time has come, but for an hour at most', async () => {
    server.on('GET /away', status(503, { 'Retry-After': '86400' }));
    server.on('GET /other', json(200, {}));
    const fetching = polite();

    await fetching.fetch(`${server.fhirBase}/away`);
    await fetching.fetch(`${server.fhirBase}/other`);

    expect(pauses).toStrictEqual([3600]);
  });

  it('is ended by its signal while it waits', async () => {
    server.on('GET /a', status(429, { 'Retry-After': '30' }));
    const fetching = new PoliteFetch();
    const closing = new AbortController();
    fetching.signal = closing.signal;

    const asking = fetching.fetch(`${server.fhirBase}/a`);
    setTimeout(() => {
      closing.abort();
    }, 20);

    await expect(asking).rejects.toThrow(/aborted/);
  });
});
