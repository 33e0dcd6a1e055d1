import request, { type Response } from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { HistoryTrimmer } from '../../src/export-jobs/worker/history-trimmer.service';
import { Sweeper } from '../../src/export-jobs/worker/sweeper.service';
import type { Readiness } from '../../src/health/readiness';
import { startReplica } from '../support/app';
import { newTokenClient, requestToken, tokenFields } from '../support/client-assertion';
import { stepServer, ticked } from '../support/clock';
import { download, downloadAll, kickOff, type Manifest, manifestOf } from '../support/export';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { until } from '../support/until';

const DAY = 86_400;
const RETRY_AFTER_MAX = 2;

describe('An export does not depend on the clock of any one host', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    const { privateJwk } = await generateClientKeys('ES384');
    service = await startLoadedApp(3, {
      RETRY_AFTER_MAX_SECONDS: String(RETRY_AFTER_MAX),
      HISTORY_KEPT_DAYS: '10',
      PART_LEASE_SECONDS: '2',
      TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [{ ...privateJwk, kid: 'signs' }] }),
    });
  });

  afterAll(() => service.close());

  const get = (url: string): Promise<Response> =>
    Promise.resolve(request(url).get('').auth(service.token, { type: 'bearer' }));
  const at = (other: { readonly url: string }, url: string): string =>
    url.replace(service.url, other.url);
  /** As a client does: it comes back when it is told to. */
  async function wait(url: string): Promise<Manifest> {
    return until('the export is complete', async () => {
      const answer = await get(url);
      if (answer.status === 200) return answer.body as Manifest;
      const seconds = Number(answer.headers['retry-after']);
      expect([202, 429]).toContain(answer.status);
      expect(seconds).toBeLessThanOrEqual(RETRY_AFTER_MAX);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return undefined;
    });
  }

  describe.each([-DAY, 300, 60 * DAY])('A process that is %i s ahead', (ahead) => {
    let shifted: Awaited<ReturnType<typeof startReplica>>;

    beforeAll(async () => {
      shifted = await startReplica(service, { ROLE: 'all' }, ahead);
    });

    afterAll(() => shifted.close());

    it('is not ready, and says by how much', async () => {
      const answer = await request(shifted.url).get('/health/ready');

      expect(answer.status).toBe(503);
      const { clock } = (answer.body as Readiness).details;
      expect(clock?.status).toBe('down');
      const [seconds] = /-?\d+\.\d/.exec(clock?.reason ?? '') ?? [];
      expect(Math.abs(Number(seconds) - ahead)).toBeLessThan(10);
      await request(service.url).get('/health/ready').expect(200);
    });

    it('exports as the others do, and destroys nothing', async () => {
      const { dataSource } = service;
      const [before] = await dataSource.query<{ trimmed: string }[]>(
        'select trimmed::text from clinical.store_clock',
      );
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
      const manifest = await manifestOf(service, statusUrl, service.token);

      await shifted.app.get(Sweeper, { strict: false }).sweep();
      await shifted.app.get(HistoryTrimmer, { strict: false }).trim();

      const polls = [await get(at(shifted, statusUrl)), await get(statusUrl)];
      expect(polls.map(({ status }) => status)).toStrictEqual([200, 200]);
      expect(polls[0]?.headers['expires']).toBe(polls[1]?.headers['expires']);
      const [file] = manifest.output;
      const url = file?.url ?? '';
      await expect(download(at(shifted, url), service.token)).resolves.toBe(
        await download(url, service.token),
      );
      const [after] = await dataSource.query<{ trimmed: string }[]>(
        'select trimmed::text from clinical.store_clock',
      );
      expect(after).toStrictEqual(before);
    });

    it('takes no assertion that another has taken, and no token that has expired (JW-09, TK-02)', async () => {
      const client = await newTokenClient(service);
      const fields = tokenFields(await client.sign());
      const other = tokenFields(await client.sign());

      const first = [await requestToken(service, fields), await requestToken(shifted, other)];
      const again = [await requestToken(shifted, fields), await requestToken(service, other)];

      expect(first.map(({ status }) => status)).toStrictEqual([200, 200]);
      expect(again.map(({ status }) => status)).toStrictEqual([401, 401]);
      const token = first[1]?.body as { access_token: string } | undefined;
      await request(service.url)
        .get('/fhir/Group')
        .auth(String(token?.access_token), { type: 'bearer' })
        .expect(200);
    });

    it('tells no client to wait when another process has announced the poll (ST-05)', async () => {
      const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);

      const seconds = [await get(at(shifted, statusUrl)), await get(statusUrl)].map(({ headers }) =>
        Number(headers['retry-after'] ?? 0),
      );

      expect(Math.max(...seconds)).toBeLessThanOrEqual(RETRY_AFTER_MAX);
      await wait(at(shifted, statusUrl));
    });
  });

  describe.each([-3600, -300, 3600])(
    'When the clock of PostgreSQL steps by %i s while an export runs',
    (step) => {
      afterEach(async () => {
        await stepServer(service.dataSource, -step);
        await ticked(service.dataSource);
      });

      it('the part of a worker that died is taken over, and the export completes', async () => {
        const { dataSource } = service;
        const before = await wait(await kickOff(service, 'Group/INF-101/$export', service.token));
        // The first claim of each part is that of a worker that dies.
        await dataSource.query(`
          create function export.die() returns trigger language plpgsql as $$ begin
            update export.part set fence = 100 where id = new.id;
            return null; end $$;
          create trigger die after update on export.part for each row
            when (new.fence = 1 and new.state = 'running') execute function export.die()`);
        const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
        await until('a part was claimed', async () => {
          const rows = await dataSource.query<unknown[]>(
            `select from export.part where state = 'running' limit 1`,
          );
          return rows.length > 0;
        });

        await stepServer(dataSource, step);
        const manifest = await wait(statusUrl);
        await dataSource.query('drop function export.die() cascade');

        const sorted = async (of: Manifest): Promise<unknown> =>
          [...(await downloadAll(of, service.token))].map(([type, lines]) => [
            type,
            [...lines].sort(),
          ]);
        expect(await sorted(manifest)).toStrictEqual(await sorted(before));
      });

      it('what is complete stays, tokens are given, and every process is ready', async () => {
        const { dataSource } = service;
        const client = await newTokenClient(service);
        const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
        const { transactionTime } = await wait(statusUrl);
        const used = tokenFields(await client.sign());
        await requestToken(service, used);

        await stepServer(dataSource, step);
        await ticked(dataSource);
        await service.app.get(Sweeper, { strict: false }).sweep();

        expect((await get(statusUrl)).status).toBe(200);
        expect((await requestToken(service, tokenFields(await client.sign()))).status).toBe(200);
        expect((await requestToken(service, used)).status).toBe(401);
        await request(service.url).get('/health/ready').expect(200);
        const since = `Group/INF-101/$export?_since=${transactionTime}`;
        await expect(wait(await kickOff(service, since, service.token))).resolves.toBeDefined();
      });
    },
  );

  it('an export is gone when its time has passed, at every process at once', async () => {
    const statusUrl = await kickOff(service, 'Group/INF-101/$export', service.token);
    await manifestOf(service, statusUrl, service.token);

    await service.clock.advance(DAY + 1);

    expect((await get(statusUrl)).status).toBe(404);
  });
});
