import { setTimeout as delay } from 'node:timers/promises';

import { getQueueToken } from '@nestjs/bull';
import type { Queue } from 'bull';
import fc from 'fast-check';

import type { ResourceType } from '../../libs/fhir/src';
import { COHORT_BUCKETS } from '../../src/cohort';
import type { ExportScope } from '../../src/extractors';
import { PACKING_QUEUE } from '../../src/packed-segments/packing.queue';
import { RangePacker } from '../../src/packed-segments/range-packer.service';
import { startTestApp, type TestApp } from '../support/app';
import { runCommand } from '../support/command-line';
import {
  type Copied,
  copyPacked,
  copyRows,
  emptyStore,
  freeze,
  instant,
  pack,
  PACKING,
  scopeOf,
} from '../support/packing';
import { writePast } from '../support/past';
import { StoreWriter, type WrittenVersion } from '../support/store-writer';
import { until } from '../support/until';

const PATIENTS = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const TYPES = ['Goal', 'Condition', 'Device'] as const satisfies readonly ResourceType[];

/** One thing that happens to a store, or to what was packed of it. */
type Step =
  | { readonly do: 'write' | 'write late'; type: ResourceType; id: string; patient: string }
  | { readonly do: 'delete' | 'purge' | 'rewrite'; type: ResourceType; id: string }
  | { readonly do: 'pack'; type: ResourceType }
  | { readonly do: 'plan'; packed: boolean; cohort: readonly string[] }
  | { readonly do: 'truncate' };

const type = fc.constantFrom(...TYPES);
const id = fc.integer({ min: 0, max: 11 }).map((n) => `r${n}`);
const patient = fc.constantFrom(...PATIENTS);
const record = { type, id };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 14, arbitrary: fc.record({ do: fc.constant('write' as const), ...record, patient }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), ...record }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), ...record }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('rewrite' as const), ...record }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('write late' as const), ...record, patient }),
    },
    { weight: 9, arbitrary: fc.record({ do: fc.constant('pack' as const), type }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('plan' as const),
        packed: fc.boolean(),
        cohort: fc.subarray([...PATIENTS], { minLength: 1 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate' as const) }) },
  ),
  { minLength: 10, maxLength: 30 },
);

describe('Packed segments', () => {
  let service: TestApp;
  let writer: StoreWriter;

  beforeAll(async () => {
    service = await startTestApp({ ...PACKING, PACKED_SEGMENTS_MEMBER_BYTES: '150' });
    // What is packed here, and when, the tests decide: not a round of the service in between.
    const signals = service.app.get<Queue>(getQueueToken(PACKING_QUEUE), { strict: false });
    await signals.pause(true);
    writer = new StoreWriter(service.dataSource, 'w');
  });

  afterAll(() => service.close());

  const empty = (): Promise<void> => emptyStore(service.dataSource);

  const PURGE = 'delete from clinical.resource where type = $1 and id = $2';
  const REWRITE = `update clinical.resource set content = replace(content, 'note', 'none')
                   where type = $1 and id = $2`;
  /** As a load with --keep-meta does: a version that the data says is an hour old. */
  const WRITE_LATE = `
    insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
    values (clock_timestamp() - interval '1 hour', 1, $1, $2, $3, '\\x00', '{"late":"' || $2 || '"}')
    on conflict do nothing`;

  async function take(step: Step, plans: Plan[]): Promise<void> {
    const { dataSource } = service;
    switch (step.do) {
      case 'write':
        await writer.write(step.type, step.id, step.patient);
        return;
      case 'delete':
        await writer.remove(step.type, step.id);
        return;
      case 'purge':
        await dataSource.query(PURGE, [step.type, step.id]);
        return;
      case 'rewrite':
        await dataSource.query(REWRITE, [step.type, step.id]);
        return;
      case 'write late':
        await writePast(dataSource, WRITE_LATE, [step.type, step.id, step.patient]);
        return;
      case 'pack':
        await pack(service, step.type);
        return;
      case 'truncate':
        await dataSource.query('truncate clinical.resource_goal');
        return;
      case 'plan':
        if (step.packed) for (const one of TYPES) await pack(service, one);
        plans.push({
          at: await instant(service),
          jobId: await freeze(dataSource, step.cohort),
        });
    }
  }

  interface Plan {
    readonly at: string;
    readonly jobId: string;
  }

  /** Every plan, in two parts. @returns how many parts were copied from packed members */
  async function compare(plans: readonly Plan[]): Promise<number> {
    let packed = 0;
    for (const { at, jobId } of plans) {
      for (const one of TYPES) {
        for (const buckets of [
          { from: 0, to: 511 },
          { from: 512, to: COHORT_BUCKETS - 1 },
        ]) {
          const scope = { ...scopeOf(jobId, at), cohort: { jobId, buckets } };
          const copied = await copyPacked(service, one, scope);
          expect(copied.lines).toStrictEqual(await copyRows(service, one, scope));
          if (copied.packed) packed++;
        }
      }
    }
    return packed;
  }

  it('give the same lines as rows, whatever was written, deleted, moved and packed in between (DT-01, MF-03)', async () => {
    let packed = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        await empty();
        const plans: Plan[] = [];
        for (const step of all) await take(step, plans);
        packed += await compare(plans);
        // And as of now, whatever the last steps were.
        const last = {
          at: await instant(service),
          jobId: await freeze(service.dataSource, PATIENTS),
        };
        packed += await compare([last]);
      }),
      { numRuns: 16 },
    );

    expect(packed).toBeGreaterThan(12);
  });

  it('are packed a few at a time, however large the first range has grown', async () => {
    await empty();
    await pack(service, 'Goal');
    for (const [index, patientId] of LOTS.entries()) {
      await writer.write('Goal', `g${index}`, patientId);
    }
    const at = await instant(service);
    const packer = service.app.get(RangePacker, { strict: false });
    await service.dataSource.query('update clinical.packed_segment set due = true');

    const turns = [];
    for (let due = true; due; turns.push(due)) due = await packer.packNext('Goal', at);

    const ranges = await service.dataSource.query<{ patient_to: string; next: string }[]>(
      `select patient_to, lead(patient_from) over (order by patient_from) as next
       from clinical.packed_segment where type = 'Goal' order by patient_from`,
    );
    expect(turns.length).toBeGreaterThan(2);
    expect(ranges.map((range) => range.patient_to)).toStrictEqual(ranges.map(({ next }) => next));
    const scope = scopeOf(await freeze(service.dataSource, LOTS), await instant(service));
    const copied = await copyPacked(service, 'Goal', scope);
    expect(copied).toStrictEqual({ lines: await copyRows(service, 'Goal', scope), packed: true });
    expect(copied.lines).toHaveLength(LOTS.length);
  });

  /** Packs goals until an export copies them: transactions of other databases may hide the last change for a while. */
  const packedFor = (
    cohort: string,
  ): Promise<{
    readonly scope: ExportScope;
    readonly copied: Awaited<ReturnType<typeof copyPacked>>;
  }> =>
    until('goals are packed', async () => {
      await pack(service, 'Goal');
      const scope = scopeOf(cohort, await instant(service));
      const copied = await copyPacked(service, 'Goal', scope);
      return copied.packed && { scope, copied };
    });

  it('are neither made nor used while changes of the store are not noted', async () => {
    await empty();
    await writer.write('Goal', 'g', 'a');
    const { dataSource } = service;
    const { scope } = await packedFor(await freeze(dataSource, ['a']));
    const alter = (how: string): Promise<unknown> =>
      dataSource.query(`alter table clinical.resource ${how} trigger packed_note_change`);

    await alter('disable');
    const [unnoted, built] = await Promise.all([
      copyPacked(service, 'Goal', scope),
      runCommand(service.environment, ['packs', 'build']),
    ]);
    await alter('enable always');

    expect(unnoted.packed).toBe(false);
    expect([built.exitCode, built.stderr]).toStrictEqual([1, expect.stringContaining('triggers')]);
    expect((await copyPacked(service, 'Goal', scope)).packed).toBe(true);
  });

  it('are neither used nor kept where a dump of them was restored into another cluster', async () => {
    await empty();
    await writer.write('Goal', 'g', 'a');
    await writer.write('Goal', 'h', 'a');
    await pack(service, 'Goal');
    const { dataSource } = service;
    // As there: the ids of its transactions are far behind those that the segments have seen.
    await dataSource.query(`
      update clinical.packed_segment
      set form = split_part(form, '@', 1) || '@1', seen = '9000000000000'`);
    await dataSource.query(PURGE, ['Goal', 'h']);
    const cohort = await freeze(dataSource, ['a']);
    const scope = scopeOf(cohort, await instant(service));

    const before = await copyPacked(service, 'Goal', scope);
    const { copied: after } = await packedFor(cohort);

    expect(before).toStrictEqual({ lines: await copyRows(service, 'Goal', scope), packed: false });
    expect(after).toStrictEqual({ lines: before.lines, packed: true });
    expect(before.lines).toHaveLength(1);
  });

  it('are made at once by the command packs build, however young the rows are', async () => {
    await empty();
    await writer.write('Goal', 'young', 'a');
    const young = { ...service.environment, PACKED_SEGMENTS_SETTLE_SECONDS: '3600' };

    const { exitCode, stdout } = await runCommand(young, ['packs', 'build', '--json']);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ type: 'Goal', due: 0, resources: 1 }),
    );
  });

  it('are refused by the command packs build where exports have no use for them', async () => {
    const plain = { ...service.environment, EXPORT_FILE_ENCODING: 'identity' };

    const { exitCode, stderr } = await runCommand(plain, ['packs', 'build']);

    expect(exitCode).toBe(1);
    expect(stderr).toContain('EXPORT_FILE_ENCODING is not gzip');
  });

  it('give what the writers say, while they write and two pack (MF-02, MF-03)', async () => {
    await empty();
    const stopped = new AbortController();
    const log: WrittenVersion[] = [];
    const workers = [
      ...[0, 1, 2, 3].map((number) => writeUntil(stopped.signal, number, log)),
      ...[0, 1].map(() => packUntil(stopped.signal)),
    ];
    const seen: { at: string; cohort: readonly string[]; copied: Copied }[] = [];
    const packed = (): number => seen.filter(({ copied }) => copied.packed).length;
    try {
      // A transaction that is open in any database of the server holds back what packing may rely on.
      while (seen.length < 20 || packed() <= 5) {
        const cohort = MANY.filter((_, index) => seen.length % 3 === 0 || index % 5 > 0);
        const at = await instant(service);
        const scope = scopeOf(await freeze(service.dataSource, cohort), at);
        seen.push({ at, cohort, copied: await copyPacked(service, 'Goal', scope) });
      }
    } finally {
      stopped.abort();
      await Promise.all(workers);
    }

    for (const { at, cohort, copied } of seen) {
      expect(copied.lines).toStrictEqual(truth(log, at, cohort));
    }
    expect(log.length).toBeGreaterThan(100);
    expect(packed()).toBeGreaterThan(5);
  });

  async function writeUntil(
    stopped: AbortSignal,
    number: number,
    log: WrittenVersion[],
  ): Promise<void> {
    const own = new StoreWriter(service.dataSource, `w${number}`);
    for (let turn = number; !stopped.aborted; turn += 7) {
      const goal = `r${number}-${turn % 80}`;
      const patientId = MANY[(turn * 13) % MANY.length] ?? '';
      const written =
        turn % 11 === 0 ? await own.remove('Goal', goal) : await own.write('Goal', goal, patientId);
      if (written) log.push(written);
      await delay(5);
    }
  }

  async function packUntil(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await pack(service, 'Goal');
      await delay(20);
    }
  }
});

/** With one Goal of about a hundred bytes each, more than is packed at once. */
const LOTS = Array.from({ length: 600 }, (_, index) => `q${1000 + index}`);
const MANY = Array.from({ length: 30 }, (_, index) => `p${10 + index}`);

/** What a cohort's resources were at an instant, by the log of those who wrote them. */
function truth(
  log: readonly WrittenVersion[],
  at: string,
  cohort: readonly string[],
): readonly string[] {
  const latest = new Map<string, WrittenVersion>();
  for (const version of log) {
    if (version.at.getTime() <= Date.parse(at)) latest.set(version.id, version);
  }
  return [...latest.values()]
    .filter(({ patientId }) => patientId !== undefined && cohort.includes(patientId))
    .map(({ content }) => content)
    .sort();
}
