import request, { type Response } from 'supertest';

import { generateClientKeys } from '../../libs/smart-client/src';
import { HeldConnectionError, onReserve, withRunner } from '../../src/database';
import { lockForTransaction } from '../../src/export-jobs/persistence/advisory-locks';
import { startReplica, startTestApp, type TestApp } from '../support/app';
import { kickOff } from '../support/export';
import { patientLists, storePatients, patientText } from '../support/groups';
import { type RegisteredApp, registerApp } from '../support/registered-app';

/** No worker: exports stay as they are, and limits are reached at once. */
const SETTINGS = {
  ROLE: 'api',
  EXPORT_MAX_RUNNING_PER_APP: '2',
  EXPORT_MAX_QUEUED_PER_APP: '10',
  EXPORT_MAX_RUNNING: '4',
  EXPORT_MAX_QUEUED: '30',
  DATABASE_POOL_SIZE: '10',
  DATABASE_LOCK_WAIT_SECONDS: '1',
  DATABASE_CONNECTION_WAIT_SECONDS: '5',
  TOKEN_LIFETIME_SECONDS: '864000',
};
const AT_ONCE = 25;

describe('Two api processes that have more to do than they can', () => {
  let first: TestApp;
  let second: TestApp;
  let apps: readonly RegisteredApp[];
  let tokens: readonly string[];
  let statusUrl: string;

  beforeAll(async () => {
    const key = { ...(await generateClientKeys('ES384')).privateJwk, kid: 'both' };
    first = await startTestApp({
      ...SETTINGS,
      TOKEN_SIGNING_KEYS: JSON.stringify({ keys: [key] }),
    });
    second = await startReplica(first);
    await storePatients(first, { p1: patientText('p1') });
    await patientLists(first).create({ id: 'G-1', name: 'One' });
    await patientLists(first).add('G-1', ['p1']);
    apps = await Promise.all(Array.from({ length: 4 }, () => registerApp(first)));
    tokens = await Promise.all(apps.map((app) => app.token()));
  });

  beforeEach(async () => {
    await first.dataSource.query('delete from export.job');
    statusUrl = await kickOff(first, 'Group/G-1/$export', tokens[3] ?? '');
  });

  afterAll(async () => {
    await second.close();
    await first.close();
  });

  const get = async (service: TestApp, path: string, app: number): Promise<Response> =>
    request(service.url)
      .get(path)
      .auth(tokens[app] ?? '', { type: 'bearer' });
  const kickOffs = (
    app: number,
    { count = AT_ONCE, key }: { count?: number; key?: (n: number) => string } = {},
  ): Promise<Response>[] =>
    Array.from({ length: count }, async (_, n) => {
      const sent = request((n % 2 === 0 ? first : second).url)
        .get('/fhir/Group/G-1/$export')
        .auth(tokens[app] ?? '', { type: 'bearer' });
      return key ? sent.set('Idempotency-Key', key(n)) : sent;
    });
  const statuses = (answers: readonly Response[]): readonly number[] => [
    ...new Set(answers.map(({ status }) => status)),
  ];
  /** What clients of other exports, and whoever runs the service, cannot do without. */
  const always = async (): Promise<readonly number[]> => {
    const { pathname } = new URL(statusUrl);
    const polls = await Promise.all([first, second].map((one) => get(one, pathname, 3)));
    const health = await Promise.all(
      [first, second].map((one) => request(one.url).get('/health/ready')),
    );
    // Fails unless it is 200.
    await apps[3]?.token();
    // An early poll is answered, too (ST-05).
    const polled = new Set(polls.map(({ status }) => (status === 429 ? 202 : status)));
    return [...polled, ...statuses(health)];
  };

  it('answer every kick-off when all limits are reached at once by several apps, and everything else meanwhile (SEC-10)', async () => {
    const floods = [
      kickOffs(0),
      kickOffs(1),
      kickOffs(2, { key: (n) => `key-${n}` }),
      kickOffs(0),
    ].flat();

    const reads = await Promise.all(
      Array.from({ length: 6 }, (_, n) => get(n % 2 ? first : second, '/fhir/Group/G-1', 3)),
    );
    const needed = await always();
    const other = await get(second, '/fhir/Group/G-1/$export', 3);
    const answers = await Promise.all(floods);

    expect(statuses(reads)).toStrictEqual([200]);
    expect(needed).toStrictEqual([202, 200]);
    expect([202, 429]).toContain(other.status);
    expect(statuses(answers).filter((status) => ![202, 429, 503].includes(status))).toStrictEqual(
      [],
    );
    expect(answers.filter(({ status }) => status === 202).length).toBeGreaterThan(0);
    for (const { status, headers } of answers) {
      expect([status === 202, /^[1-9]\d*$/.test(headers['retry-after'] as string)]).toStrictEqual([
        status === 202,
        status !== 202,
      ]);
    }
  });

  it('let others in while one app is far beyond its limit', async () => {
    await Promise.all(kickOffs(0));

    const flood = kickOffs(0);
    const others = await Promise.all(kickOffs(1, { count: 3 }));

    expect(statuses(others)).toStrictEqual([202]);
    for (const { status } of await Promise.all(flood)) expect([429, 503]).toContain(status);
  });

  it('answer 503 with Retry-After to kick-offs that somebody keeps waiting, and serve everything else meanwhile', async () => {
    const [answers, reads, needed] = await first.dataSource.transaction(async (manager) => {
      await lockForTransaction(manager, 'admission');
      const waiting = kickOffs(1);
      const reading = [await get(first, '/fhir/Group/G-1', 3), await get(second, '/fhir/Group', 3)];
      return [await Promise.all(waiting), reading, await always()] as const;
    });

    expect(statuses(answers)).toStrictEqual([503]);
    expect(answers.map(({ headers }) => headers['retry-after'] as string)).toContain('5');
    expect(statuses(reads)).toStrictEqual([200]);
    expect(needed).toStrictEqual([202, 200]);
  });

  it('poll, issue tokens and tell their health while all other connections are taken', async () => {
    const runners = Array.from({ length: 10 }, () => first.dataSource.createQueryRunner());
    await Promise.all(runners.map((runner) => runner.connect()));

    const reading = get(first, '/fhir/Group/G-1', 3);
    const needed = await always();
    const read = await reading;
    await Promise.all(runners.map((runner) => runner.release()));

    expect(needed).toStrictEqual([202, 200]);
    expect([read.status, read.headers['retry-after']]).toStrictEqual([503, '5']);
    expect((await get(first, '/fhir/Group/G-1', 3)).status).toBe(200);
  });

  describe('a connection', () => {
    it('is not given to code that holds one, inside of a transaction or not', async () => {
      const { dataSource } = first;
      const another = (): Promise<unknown> => dataSource.query('select 1');

      await expect(dataSource.transaction(another)).rejects.toThrow(HeldConnectionError);
      await expect(withRunner(dataSource, another)).rejects.toThrow(HeldConnectionError);
      await expect(dataSource.transaction(() => dataSource.transaction(another))).rejects.toThrow(
        HeldConnectionError,
      );
    });

    it('is given from the reserve to it, and after the transaction to what it has left running', async () => {
      const { dataSource } = first;
      let end: () => void = () => undefined;
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const [reserved, later] = await dataSource.transaction(
        async () =>
          [
            await onReserve(() => dataSource.query<unknown[]>('select 1 as one')),
            { left: ended.then(() => dataSource.query<unknown[]>('select 1 as one')) },
          ] as const,
      );
      end();

      expect(reserved).toStrictEqual([{ one: 1 }]);
      await expect(later.left).resolves.toStrictEqual([{ one: 1 }]);
    });
  });
});
