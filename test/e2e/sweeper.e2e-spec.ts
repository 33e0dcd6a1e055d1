import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Registry } from 'prom-client';

import { Clock, HostClock } from '../../src/common';
import { JobRecords } from '../../src/export-jobs/persistence/job-records.service';
import { JobRow } from '../../src/export-jobs/persistence/job.entity';
import { SweepRecords } from '../../src/export-jobs/persistence/sweep-records.service';
import { SweepMetrics } from '../../src/export-jobs/worker/sweep-metrics';
import { Sweeper } from '../../src/export-jobs/worker/sweeper.service';
import { FILE_STORAGE, type FileStorage } from '../../src/storage';
import { startTestApp, type TestApp } from '../support/app';
import { insertPlannedJob } from '../support/export-records';

/** No work is done: attempts and what they leave are written here as dead workers leave them. */
describe('The sweeper', () => {
  let service: TestApp;
  let sweeper: Sweeper;

  beforeAll(async () => {
    // Nobody takes signals: the parts here are in states that a test wants to look at.
    service = await startTestApp({ ROLE: 'api' });
    const { dataSource, config } = service;
    const clock = service.app.get(Clock);
    const host = service.app.get(HostClock);
    const storage = service.app.get<FileStorage>(FILE_STORAGE, { strict: false });
    const records = new SweepRecords(dataSource.getRepository(JobRow));
    const metrics = new SweepMetrics(new Registry());
    sweeper = new Sweeper(records, metrics, clock, host, storage, config);
  });

  afterAll(() => service.close());

  const folder = (jobId: string): string =>
    join(service.environment['STORAGE_DIRECTORY'] ?? '', 'exports', jobId);
  const leave = async (jobId: string, names: readonly string[]): Promise<void> => {
    await mkdir(folder(jobId), { recursive: true });
    for (const name of names) await writeFile(join(folder(jobId), name), 'bytes');
  };
  const leaveLongAgo = async (jobId: string, name: string): Promise<void> => {
    await leave(jobId, [name]);
    const ago = new Date(Date.now() - 3 * 86_400_000);
    for (const path of [join(folder(jobId), name), folder(jobId)]) await utimes(path, ago, ago);
  };
  const left = async (jobId: string): Promise<readonly string[]> =>
    (await readdir(folder(jobId)).catch(() => [])).sort();

  /** A job whose part was overtaken twice: attempt 3 is at work, or has committed. */
  async function disturbedJob(
    state: 'running' | 'completed',
  ): Promise<{ job: string; part: string }> {
    const job = await insertPlannedJob(service.dataSource, { appId: 'app', parts: [1] });
    const [part] = await service.dataSource.query<[{ id: string }[], number]>(
      `update export.part set fence = 3, state = $2, lease_until = 'infinity' where job_id = $1
       returning id`,
      [job, state],
    );
    return { job, part: part[0]?.id ?? '' };
  }

  it('removes what dead attempts have left of an export that goes on, published or not, and nothing of living ones', async () => {
    const { job, part } = await disturbedJob('running');
    const alive = [`${part}.3.0.ndjson`, `.tmp-${part}.3.1.ndjson-${randomUUID()}`];
    await leave(job, [
      ...alive,
      `${part}.1.0.ndjson`,
      `.tmp-${part}.2.0.ndjson-${randomUUID()}`,
      `.tmp-${part}.2.1.ndjson.gz-${randomUUID()}`,
    ]);

    await service.clock.advance(60);
    await sweeper.sweep();

    await expect(left(job)).resolves.toStrictEqual([...alive].sort());
  });

  it('keeps of a complete export what was committed, and nothing else', async () => {
    const { job, part } = await disturbedJob('completed');
    const kept = `${part}.3.0.ndjson`;
    await service.dataSource.query(
      `insert into export.file (id, job_id, part_id, section, type, ordinal, storage_key, resources, bytes,
                                sha256, encoding, stored_bytes, created_at)
       values (gen_random_uuid(), $1, $2, 'output', 'Patient', 1, $3, 1, 5, '\\x00', 'identity', 5, now())`,
      [job, part, `exports/${job}/${kept}`],
    );
    await service.dataSource.query(
      `update export.job set state = 'completed', progress = 100, finished_at = $2 where id = $1`,
      [job, service.clock.now()],
    );
    const temporary = `.tmp-${part}.3.2.ndjson-${randomUUID()}`;
    await leave(job, [kept, `${part}.2.0.ndjson`, `${part}.3.1.ndjson`, temporary, 'stray']);

    await service.clock.advance(60);
    await sweeper.sweep();

    await expect(left(job)).resolves.toStrictEqual([kept]);
  });

  it('sweeps an export again that is deleted after it was complete and swept', async () => {
    const { job, part } = await disturbedJob('completed');
    const { dataSource, clock } = service;
    await dataSource.query(
      `update export.job set state = 'completed', progress = 100, finished_at = $2, swept_at = $2
       where id = $1`,
      [job, clock.now()],
    );
    await service.app.get(JobRecords, { strict: false }).cancel(job, dataSource.manager);
    await leave(job, [`${part}.3.0.ndjson`, `.tmp-${part}.3.1.ndjson-${randomUUID()}`]);

    await service.clock.advance(60);
    await sweeper.sweep();

    await expect(access(folder(job))).rejects.toThrow('ENOENT');
  });

  it('removes what a worker that slept long wrote for exports that had been swept, and no other files', async () => {
    const { dataSource, clock } = service;
    const [cancelled, complete] = [
      await disturbedJob('completed'),
      await disturbedJob('completed'),
    ];
    const swept = 'update export.job set state = $2, finished_at = $3, swept_at = $3 where id = $1';
    await dataSource.query(swept, [cancelled.job, 'cancelled', clock.now()]);
    await dataSource.query(swept, [complete.job, 'completed', clock.now()]);
    for (const { job, part } of [cancelled, complete]) {
      await leaveLongAgo(job, `${part}.3.0.ndjson`);
    }

    await clock.advance(4000);
    await sweeper.sweep();

    await expect(left(cancelled.job)).resolves.toStrictEqual([]);
    await expect(left(complete.job)).resolves.toStrictEqual([`${complete.part}.3.0.ndjson`]);
  });

  it('removes the folder of a job that nobody knows once it is older than any export, not before', async () => {
    const [old, young] = [randomUUID(), randomUUID()];
    for (const id of [young, 'not-an-export']) await leave(id, ['a.ndjson']);
    await leaveLongAgo(old, 'a.ndjson');

    // The hour after which the sweeper looks for such folders.
    await service.clock.advance(4000);
    await sweeper.sweep();

    await expect(left(old)).resolves.toStrictEqual([]);
    await expect(left(young)).resolves.toStrictEqual(['a.ndjson']);
    await expect(left('not-an-export')).resolves.toStrictEqual(['a.ndjson']);
  });
});
