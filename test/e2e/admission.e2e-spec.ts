import { randomUUID } from 'node:crypto';

import request, { type Response } from 'supertest';

import { type AppLimits, AppRegistry } from '../../src/auth';
import { JobRow } from '../../src/export-jobs/persistence/job.entity';
import { PlanClaims } from '../../src/export-jobs/persistence/plan-claims.service';
import { startTestApp, type TestApp } from '../support/app';
import { patientLists, storePatients, patientText } from '../support/groups';
import { type RegisteredApp, registerApp } from '../support/registered-app';

const LIMITS = {
  EXPORT_MAX_RUNNING: '3',
  EXPORT_MAX_RUNNING_PER_APP: '2',
  EXPORT_MAX_QUEUED: '4',
  EXPORT_MAX_QUEUED_PER_APP: '2',
};

/** No worker: what a planner would do, tests do themselves. */
describe('Admission of kick-offs', () => {
  let service: TestApp;
  let tokens: readonly string[];
  let apps: readonly RegisteredApp[];

  beforeAll(async () => {
    service = await startTestApp({ ...LIMITS, ROLE: 'api', TOKEN_LIFETIME_SECONDS: '864000' });
    await storePatients(service, { p1: patientText('p1') });
    await patientLists(service).create({ id: 'G-1', name: 'One' });
    await patientLists(service).create({ id: 'G-2', name: 'Two' });
    apps = [await registerApp(service), await registerApp(service), await registerApp(service)];
    tokens = await Promise.all(apps.map((app) => app.token()));
  });

  afterAll(() => service.close());

  beforeEach(async () => {
    await service.dataSource.query('delete from export.job');
  });

  const kickOff = ({
    app = 0,
    path = 'Group/G-1/$export',
    key,
  }: { app?: number; path?: string; key?: string } = {}): Promise<Response> => {
    const sent = request(service.url)
      .get(`/fhir/${path}`)
      .auth(tokens[app] ?? '', { type: 'bearer' });
    return Promise.resolve(key === undefined ? sent : sent.set('Idempotency-Key', key));
  };
  /** A second passes before each: exports of one instant have no order. */
  const kickOffInOrder = async (...ofApps: readonly number[]): Promise<readonly Response[]> => {
    const answers: Response[] = [];
    for (const app of ofApps) {
      await service.clock.advance(1);
      answers.push(await kickOff({ app }));
    }
    return answers;
  };
  const claims = (): PlanClaims => new PlanClaims(service.dataSource.getRepository(JobRow));
  const claimNext = (): Promise<string | undefined> =>
    claims()
      .claimNext(60, service.config.limits)
      .then((job) => job?.id);
  const jobOf = (answer: Response): string =>
    String(answer.headers['content-location']).split('/').at(-1) ?? '';
  const jobs = async (): Promise<number> => {
    const [row] = await service.dataSource.query<{ jobs: number }[]>(
      'select count(*)::int as jobs from export.job',
    );
    return row?.jobs ?? 0;
  };
  const audited = async (action: string): Promise<number> => {
    const [row] = await service.dataSource.query<{ events: number }[]>(
      'select count(*)::int as events from audit.event where action = $1',
      [action],
    );
    return row?.events ?? 0;
  };

  describe('limits', () => {
    it('begins as many exports of an app as may run, in order, and holds the others until there is room', async () => {
      const started = await kickOffInOrder(0, 0, 0);
      const [first, second, third] = started.map(jobOf);

      const claimed = [await claimNext(), await claimNext(), await claimNext()];
      await request(service.url)
        .delete(`/fhir/bulk-status/${String(first)}`)
        .auth(tokens[0] ?? '', { type: 'bearer' })
        .expect(202);
      const afterRoom = await claimNext();

      expect(started.map(({ status }) => status)).toStrictEqual([202, 202, 202]);
      expect(claimed).toStrictEqual([first, second, undefined]);
      expect(afterRoom).toBe(third);
    });

    it('never begins more than may run in all, though many planners claim at the same time', async () => {
      for (const app of [0, 0, 1, 1, 2]) await kickOff({ app });

      const claimed = await Promise.all(Array.from({ length: 6 }, claimNext));

      expect(claimed.filter((id) => id !== undefined)).toHaveLength(3);
    });

    it('begins the export of an app that has none running before another of one that has', async () => {
      const [, , other] = (await kickOffInOrder(0, 0, 1)).map(jobOf);

      await claimNext();

      await expect(claimNext()).resolves.toBe(other);
    });

    it('refuses an app that has too many exports waiting, with an OperationOutcome and a Retry-After (KR-04, KR-05, SEC-10)', async () => {
      const accepted = [];
      for (let n = 0; n < 4; n++) accepted.push(await kickOff());

      const refused = await kickOff();

      expect(accepted.map(({ status }) => status)).toStrictEqual([202, 202, 202, 202]);
      expect(refused.status).toBe(429);
      expect(refused.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(refused.body).toMatchObject({
        resourceType: 'OperationOutcome',
        issue: [{ severity: 'error', code: 'throttled' }],
      });
      expect(refused.headers).not.toHaveProperty('content-location');
      // Another app is not concerned.
      await expect(kickOff({ app: 1 })).resolves.toMatchObject({ status: 202 });
    });

    it('bounds an app by limits of its own, narrower or wider than the settings, from the next kick-off and plan on', async () => {
      const registry = service.app.get(AppRegistry, { strict: false });
      const limit = (limits: AppLimits): Promise<unknown> =>
        registry.changeLimits(apps[0]?.id ?? '', limits);
      await limit({ running: 1, queued: 1 });
      await kickOffInOrder(0, 0);
      const refused = await kickOff();
      const [first, second] = [await claimNext(), await claimNext()];
      await limit({ running: 3, queued: 0 });
      const admitted = await kickOff();
      const later = [await claimNext(), await claimNext()];
      await limit({});

      expect(refused.status).toBe(429);
      expect(first).toBeDefined();
      expect(second).toBeUndefined();
      expect(admitted.status).toBe(202);
      expect(later).not.toContain(undefined);
      await expect(kickOff()).resolves.toMatchObject({ status: 202 });
    });

    it('refuses everybody when too many exports wait in all', async () => {
      for (const app of [0, 0, 0, 1, 1, 1, 2]) {
        await expect(kickOff({ app })).resolves.toMatchObject({ status: 202 });
      }

      const refused = await kickOff({ app: 2 });

      expect(refused.status).toBe(429);
    });

    it('lets in to the job what the limits allow when many kick-offs come at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 9 }, () => kickOff()));

      expect(answers.filter(({ status }) => status === 202)).toHaveLength(4);
      expect(answers.filter(({ status }) => status === 429)).toHaveLength(5);
      await expect(jobs()).resolves.toBe(4);
    });

    it('says in Retry-After when the first of the running exports will probably be complete', async () => {
      for (let n = 0; n < 4; n++) await kickOff();
      // Nearly 20 s old and two thirds done: nearly 10 s are left.
      await service.dataSource.query(
        `update export.job set state = 'running', planned_at = service.timer() - interval '19.5 s'
         where id = (select min(id::text)::uuid from export.job)`,
      );
      await service.dataSource.query(
        `insert into export.part (id, job_id, kind, type, slot_from, slot_to, estimated_bytes, not_before, state)
         select gen_random_uuid(), j.id, 'resources', 'Patient', n, n, 1000, now(),
                case when n < 3 then 'completed' else 'pending' end
         from export.job j, generate_series(1, 3) n where j.state = 'running'`,
      );

      const refused = await kickOff();

      expect(refused.headers['retry-after']).toBe('10');
      expect(
        (refused.body as { issue: { diagnostics: string }[] }).issue[0]?.diagnostics,
      ).toContain('in 10 s');
    });
  });

  describe('Idempotency-Key', () => {
    it('answers a repeated kick-off with the export that it has started, and audits it once', async () => {
      const key = randomUUID();
      const before = await audited('export.kick-off');

      const [first, again] = [await kickOff({ key }), await kickOff({ key })];

      expect([first.status, again.status]).toStrictEqual([202, 202]);
      expect(again.headers['content-location']).toBe(first.headers['content-location']);
      await expect(audited('export.kick-off')).resolves.toBe(before + 1);
    });

    it('takes other spellings of the same request for the same', async () => {
      const key = '!~';
      const first = await kickOff({ key, path: 'Group/G-1/$export?_type=Patient,Condition' });

      const again = await kickOff({
        key,
        path: 'Group/G-1/%24export?_type=Patient&_type=Condition&_outputFormat=ndjson',
      });
      const posted = await request(service.url)
        .post('/fhir/Group/G-1/$export')
        .auth(tokens[0] ?? '', { type: 'bearer' })
        .set('Idempotency-Key', key)
        .type('application/fhir+json')
        .send(
          JSON.stringify({
            resourceType: 'Parameters',
            parameter: [{ name: '_type', valueString: 'Patient,Condition' }],
          }),
        );

      expect([again, posted].map(jobOf)).toStrictEqual([jobOf(first), jobOf(first)]);
    });

    it('starts a new export for each kick-off without a key', async () => {
      const [first, second] = [await kickOff(), await kickOff()];

      expect(jobOf(first)).not.toBe(jobOf(second));
    });

    it('gives one export for equal kick-offs that come at the same time', async () => {
      const key = randomUUID();

      const answers = await Promise.all(Array.from({ length: 8 }, () => kickOff({ key })));

      expect(new Set(answers.map(({ status }) => status))).toStrictEqual(new Set([202]));
      expect(new Set(answers.map(jobOf)).size).toBe(1);
      await expect(jobs()).resolves.toBe(1);
    });

    it('keeps the keys of apps apart', async () => {
      const key = 'shared';

      const [mine, other] = [await kickOff({ key }), await kickOff({ key, app: 1 })];

      expect(jobOf(mine)).not.toBe(jobOf(other));
      expect(other.status).toBe(202);
    });

    it.each([
      ['another group', 'Group/G-2/$export'],
      ['all patients', 'Patient/$export'],
      ['other types', 'Group/G-1/$export?_type=Patient'],
      ['another _since', 'Group/G-1/$export?_since=2026-01-31T11:28:17Z'],
    ])('refuses a key that was used for something else: %s', async (_case, path) => {
      const key = 'once';
      await kickOff({ key });

      const refused = await kickOff({ key, path });

      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({
        issue: [{ severity: 'error', code: 'conflict', expression: ['Idempotency-Key'] }],
      });
      await expect(jobs()).resolves.toBe(1);
    });

    it('finds the export of a key also when no further one would be let in', async () => {
      const key = 'first';
      const first = await kickOff({ key });
      for (let n = 0; n < 3; n++) await kickOff();

      const [again, fresh] = [await kickOff({ key }), await kickOff({ key: 'second' })];

      expect([again.status, fresh.status]).toStrictEqual([202, 429]);
      expect(jobOf(again)).toBe(jobOf(first));
    });

    it('forgets a key with its export: after DELETE and after expiry the same key starts a new one', async () => {
      const key = 'again';
      const first = await kickOff({ key });
      await request(service.url)
        .delete(`/fhir/bulk-status/${jobOf(first)}`)
        .auth(tokens[0] ?? '', { type: 'bearer' })
        .expect(202);

      const second = await kickOff({ key });
      // Its time is over, and the sweeper has not come yet.
      await service.dataSource.query(
        `update export.job set state = 'completed', expires_at = service.timer() where id = $1`,
        [jobOf(second)],
      );
      const third = await kickOff({ key });

      expect(new Set([first, second, third].map(jobOf)).size).toBe(3);
    });

    it.each([
      ['empty', ''],
      ['too long', 'x'.repeat(256)],
      ['with a space', 'two words'],
      ['not ASCII', 'clé'],
    ])('refuses a key that is %s, naming the header (KR-04)', async (_case, key) => {
      const refused = await kickOff({ key });

      expect(refused.status).toBe(400);
      expect(refused.body).toMatchObject({ issue: [{ expression: ['Idempotency-Key'] }] });
      await expect(jobs()).resolves.toBe(0);
    });

    it('accepts a key of 255 characters', async () => {
      await expect(kickOff({ key: 'x'.repeat(255) })).resolves.toMatchObject({ status: 202 });
    });

    it('says nothing about keys to an app that may not export the group', async () => {
      const key = 'mine';
      await kickOff({ key });
      const narrow = await registerApp(service, { groups: ['G-2'] });

      const refused = await request(service.url)
        .get('/fhir/Group/G-1/$export')
        .auth(await narrow.token(), { type: 'bearer' })
        .set('Idempotency-Key', key);

      expect(refused.status).toBe(404);
    });
  });
});
