import { connect } from 'node:net';

import request, { type Response } from 'supertest';

import { startTestApp, type TestApp } from '../support/app';
import { patientLists } from '../support/groups';
import { type RegisteredApp, registerApp } from '../support/registered-app';

const FAILURE = { severity: 'fatal', code: 'processing', diagnostics: 'It could not be planned.' };

/** What clients send who have the answer already. */
const UNCHANGED: readonly Readonly<Record<string, string>>[] = [
  {},
  { 'If-None-Match': '*' },
  { 'If-Modified-Since': 'Tue, 01 Jan 2199 00:00:00 GMT' },
];

/** No worker takes the jobs: they stay as the test puts them. */
describe('The status of an export', () => {
  let service: TestApp;
  let app: RegisteredApp;
  let token: string;

  beforeAll(async () => {
    service = await startTestApp({ ROLE: 'api', TOKEN_LIFETIME_SECONDS: '864000' });
    await patientLists(service).create({ id: 'G', name: 'G' });
    app = await registerApp(service);
    token = await app.token();
  });

  afterAll(() => service.close());

  const kickOff = async (prefer: string): Promise<string> => {
    const answer = await request(service.url)
      .get('/fhir/Group/G/$export?_type=Group')
      .auth(token, { type: 'bearer' })
      .set('Prefer', prefer)
      .expect(202);
    return answer.headers['content-location'] as string;
  };
  const put = (statusUrl: string, state: string, rest = ''): Promise<unknown> =>
    service.dataSource.query(`update export.job set state = $2${rest} where id = $1`, [
      statusUrl.split('/').at(-1),
      state,
    ]);
  const finished = ", expires_at = now() + interval '1 day', finished_at = now()";
  const poll = (
    statusUrl: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> => request(statusUrl).get('').auth(token, { type: 'bearer' }).set(headers);
  const shapeOf = ({ status, headers, body }: Response): object => ({
    status,
    export: headers['x-export-status'] as unknown,
    type: headers['content-type'] as unknown,
    code: (body as { issue?: { code: string }[] }).issue?.[0]?.code,
  });

  describe.each<[string, string, boolean]>([
    ['plain', 'respond-async', false],
    ['with separate-export-status', 'respond-async, separate-export-status', true],
  ])('%s', (_case, prefer, separate) => {
    const fhirJson = 'application/fhir+json; charset=utf-8';
    const told = (status: number, reason: string): object =>
      separate ? { status: 200, export: `${status} ${reason}` } : { status, export: undefined };

    it('is 202 while it runs, with progress and a whole number of seconds (ST-02, ST-03, ST-04, ST-17, SX-03, SX-04, SX-05)', async () => {
      const answer = await poll(await kickOff(prefer));

      expect(shapeOf(answer)).toStrictEqual({
        ...told(202, 'Accepted'),
        type: undefined,
        code: undefined,
      });
      expect(answer.text).toBe('');
      expect(answer.headers['x-progress']).toMatch(/^\d{1,2}%$/);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers).not.toHaveProperty('etag');
    });

    it('is 200 with the manifest when it is complete, never 304 (ST-07, ST-08, ST-17, SX-04)', async () => {
      const statusUrl = await kickOff(prefer);
      await put(statusUrl, 'completed', `, transaction_time = now(), progress = 100${finished}`);

      for (const headers of UNCHANGED) {
        const answer = await poll(statusUrl, headers);

        expect(shapeOf(answer)).toStrictEqual({
          ...told(200, 'OK'),
          type: 'application/json; charset=utf-8',
          code: undefined,
        });
        expect(answer.body).toMatchObject({ output: [], error: [] });
        expect(Date.parse(answer.headers['expires'] as string)).toBeGreaterThan(Date.now());
        expect(answer.headers['cache-control']).toBe('no-store');
      }
    });

    it('is 500 with the reason when it failed, as often as it is asked (ST-09, ST-10, ST-11, ST-12, ST-16)', async () => {
      const statusUrl = await kickOff(prefer);
      await put(statusUrl, 'failed', `, failure = '${JSON.stringify(FAILURE)}'${finished}`);

      for (const answer of [await poll(statusUrl), await poll(statusUrl)]) {
        expect(shapeOf(answer)).toStrictEqual({
          ...told(500, 'Internal Server Error'),
          type: fhirJson,
          code: 'processing',
        });
      }
    });

    it('is 429 about the poll, not the export, when it is asked too early (ST-05)', async () => {
      const statusUrl = await kickOff(prefer);
      await poll(statusUrl);

      const answer = await poll(statusUrl);

      const expected = { status: 429, export: undefined, type: fhirJson, code: 'throttled' };
      expect(shapeOf(answer)).toStrictEqual(expected);
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    });

    it('is 404 once it was deleted, also for a second deletion, or has expired (ST-15, ST-16, DL-03, DL-05)', async () => {
      const [deleted, expired] = [await kickOff(prefer), await kickOff(prefer)];
      await put(expired, 'expired', finished);
      const remove = (): Promise<Response> =>
        request(deleted).delete('').auth(token, { type: 'bearer' });
      const removed = await remove();

      const answers = [await poll(deleted), await remove(), await poll(expired)];

      expect([removed.status, removed.headers['x-export-status']]).toStrictEqual([202, undefined]);
      for (const answer of answers) {
        const expected = { status: 404, export: undefined, type: fhirJson, code: 'not-found' };
        expect(shapeOf(answer)).toStrictEqual(expected);
      }
    });

    it('is 401 without a token, 403 with one that does not cover the export (SEC-04)', async () => {
      const statusUrl = await kickOff(prefer);
      const narrow = await app.token('system/Patient.rs');

      const answers = [
        await request(statusUrl).get(''),
        await request(statusUrl).get('').auth(narrow, { type: 'bearer' }),
      ];

      expect(answers.map(shapeOf)).toStrictEqual([
        { status: 401, export: undefined, type: fhirJson, code: 'login' },
        { status: 403, export: undefined, type: fhirJson, code: 'forbidden' },
      ]);
    });
  });

  it('is told in XML as well', async () => {
    const statusUrl = await kickOff('separate-export-status');
    await put(statusUrl, 'failed', `, failure = '${JSON.stringify(FAILURE)}'${finished}`);

    const answer = await poll(statusUrl, { Accept: 'application/fhir+xml' });

    expect(shapeOf(answer)).toMatchObject({
      status: 200,
      export: '500 Internal Server Error',
      type: 'application/fhir+xml; charset=utf-8',
    });
  });

  it('has 405 with Allow for methods that it does not know', async () => {
    const answer = await request(await kickOff('respond-async'))
      .put('')
      .auth(token, { type: 'bearer' });

    expect([answer.status, answer.headers['allow']]).toStrictEqual([405, 'DELETE, GET']);
  });
});

describe('A request that cannot be read', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startTestApp({ ROLE: 'api' });
  });

  afterAll(() => service.close());

  const send = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(service.url);
      const chunks: Buffer[] = [];
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.on('data', (chunk: Buffer) => chunks.push(chunk));
      socket.on('end', () => {
        socket.end();
        resolve(Buffer.concat(chunks).toString());
      });
      socket.on('error', reject);
    });

  it.each([
    ['an over-long address', `GET /fhir/$export?_type=${'x'.repeat(20_000)} HTTP/1.1\r\n`, 431],
    ['over-long headers', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n`, 431],
    ['no HTTP at all', 'Good morning\r\n', 400],
  ])('for %s is answered with an OperationOutcome (KR-04)', async (_case, text, status) => {
    const answer = await send(`${text}\r\n`);

    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('Content-Type: application/fhir+json');
    expect(JSON.parse(body)).toMatchObject({ resourceType: 'OperationOutcome' });
  });
});
