import request from 'supertest';

import type { OperationOutcome } from '../../libs/fhir/src';
import { openApiDocument } from '../../src/docs';
import { newTokenClient, requestToken, tokenFields } from '../support/client-assertion';
import { download, downloadAll, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { until } from '../support/until';

const EXPORT = '/fhir/Group/INF-101/$export?_type=Patient,Condition';

describe('A sandbox', () => {
  let service: LoadedApp;

  const ask = (behaviour: string, path = EXPORT): request.Test =>
    request(service.url)
      .get(path)
      .auth(service.token, { type: 'bearer' })
      .set('X-Sandbox', behaviour);
  const poll = (url: string): request.Test =>
    request(url).get('').auth(service.token, { type: 'bearer' });
  const started = async (behaviour: string): Promise<string> => {
    const { status, headers } = await ask(behaviour);
    expect(status).toBe(202);
    return headers['content-location'] as string;
  };
  const manifest = async (behaviour: string): Promise<Manifest> =>
    manifestOf(service, await started(behaviour), service.token);

  beforeAll(async () => {
    service = await startLoadedApp(6, { SANDBOX: 'true' });
  });

  afterAll(() => service.close());

  it('refuses a kick-off when it is asked to', async () => {
    const { status, headers } = await ask('refuse');

    expect({ status, wait: headers['retry-after'] }).toStrictEqual({ status: 429, wait: '1' });
  });

  it('tells of an export as under way for as long as it is asked to', async () => {
    const url = await started('slow=100');
    await until('the export has ended', async () => {
      const [row] = await service.dataSource.query<{ state: string }[]>(
        'select state from export.job where id = $1',
        [url.split('/').at(-1)],
      );
      return row?.state === 'completed';
    });
    await service.clock.advance(40);
    const early = await poll(url);
    await service.clock.advance(60);
    const late = await poll(url);

    expect(early.status).toBe(202);
    expect(early.headers['x-progress']).toMatch(/^4\d%$/);
    expect(late.status).toBe(200);
  });

  it('refuses polls for as long as it is asked to, with Retry-After (ST-05)', async () => {
    const url = await started('busy=30');
    const refused = await poll(url);
    await service.clock.advance(30);
    const { output } = await manifestOf(service, url, service.token);

    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(output.map(({ type }) => type)).toStrictEqual(['Condition', 'Patient']);
  });

  it('fails one type, and delivers the others (ER-03)', async () => {
    const { output, error } = await manifest('fail=Condition');
    const [file] = error;
    const told = JSON.parse(await download(file?.url ?? '', service.token)) as OperationOutcome;

    expect(output.map(({ type }) => type)).toStrictEqual(['Patient']);
    expect(told.issue[0]).toMatchObject({ severity: 'error', expression: ['Condition'] });
  });

  it('fails an export as a whole', async () => {
    const url = await started('fail=export');
    const answer = await until('the export has ended', async () => {
      const polled = await poll(url);
      await service.clock.advance(1);
      return polled.status !== 202 && polled.status !== 429 && polled;
    });

    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  it('gives an export up as early as it is asked to (ST-16)', async () => {
    const url = await started('expire=20');
    const { output } = await manifestOf(service, url, service.token);
    const file = output[0]?.url ?? '';
    const before = (await poll(file)).status;
    await service.clock.advance(20);

    expect([before, (await poll(url)).status, (await poll(file)).status]).toStrictEqual([
      200, 404, 404,
    ]);
  });

  it('gives each line as often as it is asked to, and counts them', async () => {
    const [once, often] = [await manifest('slow=1'), await manifest('repeat=3')];
    const lines = await downloadAll(once, service.token);
    const repeated = await downloadAll(often, service.token);

    expect(often.error).toStrictEqual([]);
    for (const [type, own] of lines) {
      expect([...(repeated.get(type) ?? [])].sort()).toStrictEqual(
        own.flatMap((line) => [line, line, line]).sort(),
      );
    }
    expect(lines.size).toBe(2);
  });

  it('issues tokens that end as early as it is asked to', async () => {
    const client = await newTokenClient(service);
    const fields = tokenFields(await client.sign());
    const answer = await request(service.url)
      .post('/fhir/auth/token')
      .type('form')
      .set('X-Sandbox', 'token-lifetime=5')
      .send(fields);
    const { access_token: token, expires_in: lifetime } = answer.body as Record<string, string>;
    const visit = (): request.Test =>
      request(service.url)
        .get('/fhir/Group')
        .auth(token ?? '', { type: 'bearer' });
    const before = (await visit()).status;
    await service.clock.advance(6);

    expect([lifetime, before, (await visit()).status]).toStrictEqual([5, 200, 401]);
  });

  it.each(['slow', 'slow=0', 'slow=601', 'slow=x', 'fail=Nothing', 'refuse=1', 'fast', '', 'a=b'])(
    'refuses %j with what it accepts (KR-04)',
    async (behaviour) => {
      const { status, text } = await ask(behaviour);
      const { issue } = JSON.parse(text) as OperationOutcome;

      expect([status, issue[0]?.expression]).toStrictEqual([400, ['X-Sandbox']]);
      expect(issue[0]?.diagnostics).toContain('slow (=1 to 600)');
    },
  );

  it('describes the header where it may be sent', () => {
    const { paths } = openApiDocument(service.app, service.config);
    const described = Object.entries(paths).flatMap(([path, item]) =>
      JSON.stringify(item).includes('X-Sandbox') ? [path] : [],
    );

    expect(described.sort()).toStrictEqual([
      '/fhir/$export',
      '/fhir/Group/{id}/$export',
      '/fhir/Patient/$export',
      '/fhir/auth/token',
    ]);
  });

  it('refuses the same for tokens', async () => {
    const client = await newTokenClient(service);
    const answer = await request(service.url)
      .post('/fhir/auth/token')
      .type('form')
      .set('X-Sandbox', 'token-lifetime=0')
      .send(tokenFields(await client.sign()));

    expect([answer.status, (answer.body as { error: string }).error]).toStrictEqual([
      400,
      'invalid_request',
    ]);
    expect((await requestToken(service, tokenFields(await client.sign()))).status).toBe(200);
  });
});
