import request from 'supertest';
import { DataSource } from 'typeorm';

import { readConfig } from '../../src/config';
import { dataSourceOptions } from '../../src/database';
import type { ClaimedPart } from '../../src/export-jobs/persistence/job-record';
import {
  type ClaimedParts,
  PartClaims,
} from '../../src/export-jobs/persistence/part-claims.service';
import { PartRow } from '../../src/export-jobs/persistence/part.entity';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { downloadAll, kickOff, manifestOf } from '../support/export';
import { insertPlannedJob } from '../support/export-records';
import { type LoadedApp, startLoadedApp } from '../support/loaded-app';
import { startWorker } from '../support/processes';
import { registerApp } from '../support/registered-app';
import { until } from '../support/until';

const LEASE = 60;
const MEGABYTE = 1_000_000;
const SMALL = 16 * MEGABYTE;
const HUGE = Array.from({ length: 60 }, () => 100 * MEGABYTE);

describe('Turns of parts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;
  let claims: PartClaims;

  beforeAll(async () => {
    database = await createTestDatabase();
    const config = readConfig({
      EMBEDDED: 'true',
      PUBLIC_URL: 'http://127.0.0.1',
      DATABASE_URL: database.url,
      REDIS_URL: 'redis://127.0.0.1',
      STORAGE_DIRECTORY: '/nowhere',
    });
    dataSource = await new DataSource({
      ...dataSourceOptions(config),
      entities: [PartRow],
    }).initialize();
    claims = new PartClaims(dataSource.getRepository(PartRow));
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  beforeEach(async () => {
    await dataSource.query('truncate export.job, export.turn cascade');
    await dataSource.query('truncate auth.app');
  });

  const weigh = (appId: string, weight: number): Promise<unknown> =>
    dataSource.query(`insert into auth.app (id, name, type, weight) values ($1, $1, 'user', $2)`, [
      appId,
      weight,
    ]);
  /** No process keeps the service's clock here, so the test moves it on. */
  const passTime = (): Promise<unknown> =>
    dataSource.query(
      `update service.clock
       set timer = service.timer() + interval '1 millisecond', server = service.server_clock()`,
    );
  const claim = async (): Promise<ClaimedPart> => {
    await passTime();
    const claimed = await claims.claimNext(LEASE, 0);
    if (!claimed) throw new Error('There was nothing to claim.');
    return claimed.parts[0];
  };
  const end = (part: ClaimedPart): Promise<unknown> =>
    dataSource.query(
      `update export.part set state = 'completed', lease_until = null where id = $1`,
      [part.id],
    );
  /** Claims so many parts, one at a time, ended at once or all kept. @returns the jobs they are of */
  const turns = async (count: number, ending: boolean): Promise<readonly string[]> => {
    const jobs: string[] = [];
    for (let turn = 0; turn < count; turn++) {
      const part = await claim();
      if (ending) await end(part);
      jobs.push(part.jobId);
    }
    return jobs;
  };
  /** Estimated bytes of what was claimed. */
  const costs = async (claimed: ClaimedParts | undefined): Promise<readonly number[]> => {
    const ids = claimed?.parts.map(({ id }) => id) ?? [];
    const rows = await dataSource.query<{ bytes: number }[]>(
      `select p.estimated_bytes::int as bytes from unnest($1::uuid[]) with ordinality as c (id, n)
       join export.part p on p.id = c.id order by c.n`,
      [ids],
    );
    return rows.map(({ bytes }) => bytes);
  };
  const countOf = (jobs: readonly string[], job: string): number =>
    jobs.filter((one) => one === job).length;

  it.each([
    ['one worker with one slot', true],
    ['many workers', false],
  ])(
    'gives an app of weight 3 three parts for each one of weight 1, with %s',
    async (_, ending) => {
      await weigh('heavy', 3);
      const light = await insertPlannedJob(dataSource, { appId: 'light', parts: HUGE });
      const heavy = await insertPlannedJob(dataSource, { appId: 'heavy', parts: HUGE });

      const jobs = await turns(40, ending);

      expect(countOf(jobs, heavy)).toBe(30);
      expect(countOf(jobs, light)).toBe(10);
      // In turns, not in blocks.
      expect(countOf(jobs.slice(0, 20), light)).toBe(5);
    },
  );

  it('lets the jobs of one app alternate, the newcomer behind those that wait', async () => {
    const appId = 'app';
    const [first, second] = [
      await insertPlannedJob(dataSource, { appId, parts: HUGE }),
      await insertPlannedJob(dataSource, { appId, parts: HUGE }),
    ];
    const before = await turns(4, true);
    const third = await insertPlannedJob(dataSource, { appId, parts: [1] });

    const after = await turns(3, true);

    expect(before).toStrictEqual([first, second, first, second]);
    expect(after).toStrictEqual([first, second, third]);
  });

  it('gives a small job that starts behind a huge one its turn at once, whoever has been served for long', async () => {
    const huge = await insertPlannedJob(dataSource, { appId: 'a', parts: HUGE });
    await turns(10, true);
    const small = await insertPlannedJob(dataSource, { appId: 'b', parts: [1000, 1000, 1000] });

    const jobs = await turns(5, true);

    expect(jobs.slice(0, 4).filter((job) => job === small)).toHaveLength(3);
    expect(jobs).toContain(huge);
  });

  it('starves nobody: small jobs of another app that come without end do not stop a huge one', async () => {
    const huge = await insertPlannedJob(dataSource, { appId: 'a', parts: HUGE });
    const jobs: string[] = [];
    for (let round = 0; round < 20; round++) {
      await insertPlannedJob(dataSource, { appId: 'b', parts: [100 * MEGABYTE, 100 * MEGABYTE] });
      jobs.push(...(await turns(1, true)));
    }

    expect(countOf(jobs, huge)).toBe(10);
  });

  it('does not pay an app back for the time in which it had nothing to do', async () => {
    const a = await insertPlannedJob(dataSource, { appId: 'a', parts: HUGE });
    await turns(1, true);
    const b = await insertPlannedJob(dataSource, { appId: 'b', parts: HUGE });
    await turns(30, true);
    await dataSource.query(`update export.job set state = 'cancelled' where id = $1`, [a]);
    await turns(15, true);
    const again = await insertPlannedJob(dataSource, { appId: 'a', parts: HUGE });

    const jobs = await turns(10, true);

    expect([countOf(jobs, again), countOf(jobs, b)]).toStrictEqual([5, 5]);
  });

  it('gives each part to one worker when many claim at the same time', async () => {
    await insertPlannedJob(dataSource, { appId: 'a', parts: HUGE.slice(0, 12) });
    await insertPlannedJob(dataSource, { appId: 'b', parts: HUGE.slice(0, 8) });

    const claimed: string[] = [];
    while (claimed.length < 20) {
      const parts = await Promise.all(Array.from({ length: 8 }, () => claims.claimNext(LEASE, 0)));
      claimed.push(...parts.flatMap((each) => each?.parts.map(({ id }) => id) ?? []));
    }

    expect(new Set(claimed).size).toBe(20);
    await expect(claims.claimNext(LEASE, 0)).resolves.toBeUndefined();
  });

  it('gives small parts of a job together, the most costly first, up to their limit, and counts them as one turn', async () => {
    const parts = [1, 9, 5, 7, 3].map((megabytes) => megabytes * MEGABYTE);
    const small = await insertPlannedJob(dataSource, { appId: 'a', parts });
    await insertPlannedJob(dataSource, { appId: 'b', parts: HUGE });

    await passTime();
    const first = await claims.claimNext(LEASE, SMALL);
    const [other] = await turns(1, false);
    await passTime();
    const second = await claims.claimNext(LEASE, SMALL);

    expect(other).not.toBe(small);
    expect(await costs(first)).toStrictEqual([9 * MEGABYTE, 7 * MEGABYTE]);
    expect(await costs(second)).toStrictEqual([5, 3, 1].map((megabytes) => megabytes * MEGABYTE));
    const [turn] = await dataSource.query<{ taken: number }[]>(
      `select taken::int from export.turn where app_id = 'a'`,
    );
    expect(turn?.taken).toBe(25 * MEGABYTE);
  });

  it('gives nothing along with a part that was tried before, nor such a part with another', async () => {
    await insertPlannedJob(dataSource, { appId: 'a', parts: [4, 3, 2, 1] });
    await dataSource.query('update export.part set attempts = 1 where estimated_bytes in (4, 2)');

    const claimed = [await claims.claimNext(LEASE, SMALL), await claims.claimNext(LEASE, SMALL)];

    expect(await Promise.all(claimed.map(costs))).toStrictEqual([[4], [3, 1]]);
  });

  it('counts the claims that small parts take, not the parts', async () => {
    await insertPlannedJob(dataSource, { appId: 'a', parts: [4, 3, 2, 1] });
    await insertPlannedJob(dataSource, { appId: 'b', parts: HUGE.slice(0, 2) });

    await expect(claims.due(100, SMALL)).resolves.toBe(3);
    await expect(claims.due(100, 0)).resolves.toBe(6);
  });

  it('finds the next part by index, however many parts are pending', async () => {
    await insertPlannedJob(dataSource, {
      appId: 'a',
      parts: Array.from({ length: 20_000 }, (_, index) => index),
    });
    await dataSource.query('analyze export.part');

    // The pool lends the connection again that it got back last: it has the statement, and its plan.
    await claims.claimNext(LEASE, SMALL);
    const [plan] = await dataSource.query<unknown[]>(
      `explain (analyze, format json) execute "claim-next-part" (${LEASE}, '{}', 'worker', ${SMALL})`,
    );

    const text = JSON.stringify(plan);
    expect(text).toContain('"part_due"');
    expect(text).not.toMatch(/"Node Type":"Seq Scan"[^{}]*"Relation Name":"part"/);
  });
});

describe('Exports that run beside each other', () => {
  let service: LoadedApp;

  beforeAll(async () => {
    service = await startLoadedApp(60, {
      ROLE: 'api',
      WORKER_CONCURRENCY: '1',
      EXPORT_PART_TARGET_BYTES: '8000',
      PART_LEASE_SECONDS: '5',
    });
  });

  afterAll(() => service.close());

  const openParts = async (jobId: string): Promise<number> => {
    const [row] = await service.dataSource.query<{ open: number }[]>(
      `select count(*)::int as open from export.part
       where job_id = $1 and state in ('pending', 'running')`,
      [jobId],
    );
    return row?.open ?? 0;
  };
  const idOf = (statusUrl: string): string => statusUrl.split('/').at(-1) ?? '';

  it('completes a small export while a huge one that began before has most of its parts open', async () => {
    const other = await registerApp(service);
    const token = await other.token();
    const huge = await kickOff(service, 'Group/INF-101/$export', service.token);
    const worker = await startWorker(service.environment);
    try {
      await until('the huge export is at work', async () => {
        const [row] = await service.dataSource.query<{ done: boolean }[]>(
          `select exists (select from export.part where job_id = $1 and state = 'completed') as done`,
          [idOf(huge)],
        );
        return row?.done;
      });
      const small = await kickOff(service, 'Group/INF-101/$export?_type=Patient', token);
      const all = await openParts(idOf(huge));

      const ended = await until('the small export is complete', async () => {
        const [row] = await service.dataSource.query<{ open: number }[]>(
          `select (select count(*)::int from export.part
                   where job_id = $2 and state in ('pending', 'running')) as open
           from export.job where id = $1 and state = 'completed'`,
          [idOf(small), idOf(huge)],
        );
        return row;
      });

      expect(all).toBeGreaterThan(50);
      expect(ended.open).toBeGreaterThan(all / 2);
      await request(huge).delete('').auth(service.token, { type: 'bearer' }).expect(202);
    } finally {
      await worker.end('SIGTERM');
    }
  });

  it('lets two worker processes do parts of one export, with the content that one gives', async () => {
    const path = 'Group/INF-101/$export?_type=Patient,Condition,Practitioner,Provenance,Encounter';
    const one = await startWorker(service.environment);
    const alone = await manifestOf(
      service,
      await kickOff(service, path, service.token),
      service.token,
    );
    const other = await startWorker(service.environment);
    try {
      const statusUrl = await kickOff(service, path, service.token);
      await until('both are at work on it', async () => (await copying(idOf(statusUrl))) >= 2);
      const together = await manifestOf(service, statusUrl, service.token);

      const lines = await Promise.all(
        [alone, together].map(async (manifest) => {
          const byType = await downloadAll(manifest, service.token);
          return [...byType.values()].flat().sort();
        }),
      );
      expect(lines[1]).toStrictEqual(lines[0]);
      expect(lines[0]?.length).toBeGreaterThan(500);
      for (const type of ['Condition', 'Practitioner', 'Provenance']) {
        expect(together.output.filter((file) => file.type === type).length).toBeGreaterThan(1);
      }
    } finally {
      await Promise.all([one.end('SIGTERM'), other.end('SIGTERM')]);
    }
  });

  /** How many sessions have last read for this export; a worker with one slot has one of them. */
  async function copying(jobId: string): Promise<number> {
    const [row] = await service.dataSource.query<{ sessions: number }[]>(
      `select count(*)::int as sessions from pg_stat_activity
       where datname = current_database() and query like 'copy%' || $1 || '%'`,
      [jobId],
    );
    return row?.sessions ?? 0;
  }
});
