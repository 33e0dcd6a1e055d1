import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { DataSource } from 'typeorm';

import { AuditEventRow } from '../../src/audit';
import { readConfig } from '../../src/config';
import { dataSourceOptions } from '../../src/database';
import { FileRow } from '../../src/export-jobs/persistence/file.entity';
import {
  GUARDS,
  JOB_EVENTS,
  JOB_STATES,
  PART_EVENTS,
  PART_STATES,
  type Transition,
} from '../../src/export-jobs/persistence/job-states';
import { JobRow } from '../../src/export-jobs/persistence/job.entity';
import { PartRow } from '../../src/export-jobs/persistence/part.entity';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { LEASE, ModelledJobs, PARTS, type Step, STEPS } from '../support/modelled-jobs';

/** What takes jobs to their end: as rare as everything else it would leave all of them at the beginning. */
const FORWARD = ['kickOff', 'claimJob', 'plan', 'claimPart', 'commit'] as const;

const step = fc.record<Step>({
  event: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...STEPS) },
    { weight: 5, arbitrary: fc.constantFrom(...FORWARD) },
  ),
  // Without a bias to small numbers, which would mean the first job and the first claim.
  which: fc.noBias(fc.nat(1000)),
  detail: fc.noBias(fc.nat(1000)),
});

/** To states that random steps reach most of the time only. `detail` 5: there is nothing to export. */
const WALKS: Step[][] = [
  walkOf(5, 'kickOff', 'claimJob', 'plan', 'expire'),
  walkOf(1, 'kickOff', 'claimJob', 'failPlanning'),
  walkOf(1, 'kickOff', 'claimJob', 'plan', 'claimPart', 'commit', 'cancel'),
  // All parts fail, which ends the export; swept, retried and held it goes on to another end.
  [
    ...walkOf(1, 'kickOff', 'claimJob', 'plan', 'claimPart', 'claimPart', 'claimPart'),
    ...[0, 1, 2].map((which) => ({ event: 'failPart', which, detail: 1 }) as const),
    ...walkOf(3, 'sweep', 'retry', 'hold', 'claimPart'),
    ...walkOf(1, 'hold', 'claimPart', 'claimPart', 'claimPart'),
    ...[3, 4, 5].map((which) => ({ event: 'commit', which, detail: 1 }) as const),
    ...walkOf(1, 'sweep', 'retry', 'withdraw'),
  ],
];

function walkOf(detail: number, ...events: readonly Step['event'][]): Step[] {
  return events.map((event) => ({ event, which: 0, detail }));
}

describe('States of jobs and parts', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

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
      entities: [JobRow, PartRow, FileRow, AuditEventRow],
    }).initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  async function startedAnew(): Promise<ModelledJobs> {
    await dataSource.query('truncate export.job, export.turn, audit.event cascade');
    return new ModelledJobs(dataSource);
  }

  it('change as a simple model says, whatever happens in whatever order, overtaken attempts change nothing, and the end of an export is audited once', async () => {
    const reached = new Set<string>(['accepted', 'pending']);

    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 80 }), async (steps) => {
        const jobs = await startedAnew();
        for (const one of steps) {
          await jobs.take(one);
          await jobs.check();
        }
        for (const state of jobs.reached) reached.add(state);
      }),
      { numRuns: 20 + WALKS.length, endOnFailure: true, examples: WALKS.map((walk) => [walk]) },
    );

    // A run that never gets anywhere would prove nothing.
    expect([...reached].sort()).toStrictEqual([...new Set([...JOB_STATES, ...PART_STATES])].sort());
  });

  it.each([
    ['commits', false],
    ['commits and a cancellation', true],
  ])(
    'commit a part once and end a job once when %s of all workers come at the same time, twice',
    async (_what, cancelled) => {
      for (let round = 0; round < 6; round++) {
        const jobs = await startedAnew();
        for (const event of ['kickOff', 'claimJob', 'plan'] as const) {
          await jobs.take({ event, which: 0, detail: 2 });
        }
        const claims = Array.from({ length: PARTS }, () => jobs.partClaims.claimNext(LEASE, 0));
        const parts = (await Promise.all(claims)).flatMap((claimed) => claimed?.parts ?? []);

        const [commits] = await Promise.all([
          Promise.all([...parts, ...parts].map((part) => jobs.commitOf(part))),
          jobs.partClaims.expireLeases(),
          cancelled ? jobs.cancelFirst() : undefined,
        ]);

        const successes = commits.filter(({ parts: committed }) => committed.size > 0);
        const [row] = await dataSource.query<{ state: string; files: number; done: number }[]>(
          `select state, (select count(*)::int from export.file) as files,
                  (select count(*)::int from export.part where state = 'completed') as done
           from export.job`,
        );
        const done = cancelled ? successes.length : PARTS;
        const ended = successes.filter((commit) => commit.jobEnded);
        expect(parts).toHaveLength(PARTS);
        expect(row).toStrictEqual({
          state: cancelled ? 'cancelled' : 'completed',
          files: done,
          done,
        });
        expect(ended).toHaveLength(done === PARTS ? 1 : 0);
      }
    },
  );

  it.each<[string, Readonly<Record<string, Transition<string>>>]>([
    ['Jobs', JOB_EVENTS],
    ['Parts', PART_EVENTS],
  ])('are written down for %s in the documentation as the code has them', async (title, events) => {
    const written = Object.entries(events).map(([event, { from, to, guards }]) =>
      [`\`${event}\``, from.join(', '), to, guards.join(', ')].join('|'),
    );

    await expect(tableBelow(title)).resolves.toStrictEqual(written);
  });

  it('have conditions that are written down in the documentation as the code has them', async () => {
    const written = Object.entries(GUARDS).map(([guard, meaning]) => `${guard}|${meaning}`);

    await expect(tableBelow('Conditions')).resolves.toStrictEqual(written);
  });
});

/** The rows of the table below a heading, without its head. */
async function tableBelow(title: string): Promise<readonly string[]> {
  const page = await readFile(join(__dirname, '../../docs/job-states.md'), 'utf8');
  const [, section = ''] = page.split(`## ${title}\n`);
  const [before = ''] = section.split('\n## ');
  return before
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()).join('|'));
}
