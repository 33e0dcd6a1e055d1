import { once } from 'node:events';
import http from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { readConfig } from '../../src/config';
import { startReplica, type TestApp } from '../support/app';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { until } from '../support/until';

/** More than the buffers of both sockets hold. */
const LARGE = 'A'.repeat(48 << 20);
const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';

describe('Connections', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      [
        given('Patient', 'm'),
        given('Binary', 'large', {
          contentType: 'text/plain',
          securityContext: to('Patient', 'm'),
          data: LARGE,
        }),
      ],
      { all: ['m'] },
      {
        HTTP_KEEP_ALIVE_SECONDS: '9',
        HTTP_REQUEST_SECONDS: '11',
        HTTP_STALL_SECONDS: '5',
        DOWNLOADS_MAX_PER_APP: '2',
        ADMIN_TOKEN,
      },
    );
  });

  afterAll(() => service.close());

  const toService = ({ url }: Pick<TestApp, 'url'> = service): Socket =>
    connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);

  /** Begins a download and reads nothing of it. */
  async function stalled(): Promise<http.IncomingMessage> {
    const headers = { Authorization: `Bearer ${service.token}` };
    const request = http.get(`${service.fhirBase}/Binary/large`, { headers, agent: false });
    request.on('error', () => undefined);
    const [answer] = (await once(request, 'response')) as [http.IncomingMessage];
    answer.on('error', () => undefined);
    return answer;
  }

  it('stay open by default for longer than those of load balancers, and their headers longer still', () => {
    const { http: settings } = readConfig({
      ...service.environment,
      HTTP_KEEP_ALIVE_SECONDS: '',
      HTTP_REQUEST_SECONDS: '',
    });
    const server = service.app.getHttpServer();

    expect(settings.keepAlive).toBeGreaterThanOrEqual(65);
    expect(settings.arrival).toBeGreaterThan(settings.keepAlive + 1);
    expect(server.headersTimeout).toBeGreaterThan(server.keepAliveTimeout);
    expect(server.requestTimeout).toBeGreaterThan(server.headersTimeout);
  });

  it('that have been idle are used again: one that has answered, and one that was opened in advance', async () => {
    const ask = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    const [used, fresh] = [toService(), toService()];
    used.write(ask);
    await once(used, 'data');

    // Longer than Node's own five seconds, and than a stall.
    await delay(6500);
    used.write(ask);
    fresh.write(ask);
    const answers = await Promise.all(
      [used, fresh].map(async (socket) => String(((await once(socket, 'data')) as [Buffer])[0])),
    );

    expect(answers.map((answer) => answer.split('\r\n')[0])).toStrictEqual([
      'HTTP/1.1 200 OK',
      'HTTP/1.1 200 OK',
    ]);
    expect(answers[0]).toMatch(/Keep-Alive: timeout=9/i);
    for (const socket of [used, fresh]) socket.destroy();
  });

  it('are limited to so many downloads of an app, and end when nobody reads them', async () => {
    const [first, second] = await Promise.all([stalled(), stalled()]);
    const third = await fetch(`${service.fhirBase}/Binary/large`, {
      headers: { Authorization: `Bearer ${service.token}` },
    });

    expect([first.statusCode, second.statusCode, third.status]).toStrictEqual([200, 200, 429]);
    expect(third.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await third.json()).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ code: 'throttled' }],
    });
    // Their places are free once the service has closed them; nobody here has.
    await until('there is room again', async () => {
      const { statusCode, socket } = await stalled();
      socket.destroy();
      return statusCode === 200;
    });
    for (const answer of [first, second]) {
      answer.resume();
      await until('it broke off', () => answer.destroyed);
      expect(answer.complete).toBe(false);
    }
  });

  it('on which a body arrives in drops are answered 408 when its time is over', async () => {
    const quick = await startReplica(service, {
      HTTP_KEEP_ALIVE_SECONDS: '1',
      HTTP_REQUEST_SECONDS: '3',
      HTTP_STALL_SECONDS: '60',
    });
    const socket = toService(quick);
    socket.write(
      'POST /fhir/auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\n',
    );
    const drops = setInterval(() => socket.write('a'), 200);

    const [answer] = (await once(socket, 'data')) as [Buffer];

    clearInterval(drops);
    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 [^]*OperationOutcome/);
    socket.destroy();
    await quick.close();
  });

  it('that guess the operators’ credential must wait, also at introspection, and fill no record', async () => {
    const replica = await startReplica(service);
    const ask = async (token: string): Promise<Response> =>
      fetch(`${replica.url}/admin/apps`, { headers: { Authorization: `Bearer ${token}` } });
    const events = async (): Promise<readonly { repeated: number | null }[]> =>
      service.dataSource.query(
        `select (detail ->> 'repeated')::int as repeated from audit.event
         where action = 'admin.refused' order by id`,
      );

    const guesses = [];
    for (let time = 0; time < 5; time++) guesses.push((await ask('wrong')).status);
    const right = await ask(ADMIN_TOKEN);
    const introspection = await fetch(`${replica.url}/fhir/auth/introspect`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
      body: new URLSearchParams({ token: 'x' }),
    });
    for (let time = 0; time < 20; time++) await fetch(`${replica.url}/admin/apps`);

    expect(guesses).toStrictEqual([401, 401, 401, 401, 401]);
    expect([right.status, introspection.status]).toStrictEqual([429, 429]);
    expect(right.headers.get('retry-after')).toBe('1');
    expect(await events()).toHaveLength(10);
    await replica.close();
    expect((await events()).at(-1)).toStrictEqual({ repeated: 15 });
  });
});
