import { setTimeout as delay } from 'node:timers/promises';

import { failIfOneCrashed } from '../support/own-process';
import { until } from '../support/until';
import { type Fault, FAULTS } from './faults';
import { randomFrom } from './random';
import { leaksOf, staleFiles } from './traces';
import { contentHash, startExport, startWorld, storedFiles, type World } from './world';

/** `npm run test:chaos` sets it: rounds over all faults. Otherwise a handful of them is tried once. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? '0');
/** Repeats the moments of a run that failed. */
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(SEED);

/** About what an undisturbed export takes, in seconds: faults come within it. */
const EXPORT_SECONDS = 3;

/** The short form: faults that come one after the other, in one export. */
const HANDFUL = [
  [
    'commits whose answers are lost',
    'Redis flushed',
    'connections cut in the middle of COPY',
    'a worker that is frozen beyond its lease, and wakes up',
  ],
  ['PostgreSQL crashed, and back after its recovery'],
];

const plans: readonly (readonly [string, readonly Fault[]])[] =
  ROUNDS === 0 ? HANDFUL.map((names) => planOf(names.map(faultNamed))) : longPlans();

describe(`An export in chaos (CHAOS_SEED=${SEED})`, () => {
  let world: World;
  let undisturbed: string;

  beforeAll(async () => {
    world = await startWorld();
    undisturbed = await contentHash(world, await (await startExport(world)).manifest);
  }, 240_000);

  afterAll(() => world.close(), 60_000);

  it.each(plans)(
    'completes with every byte, progress never going back, after %s',
    async (_names, faults) => {
      await expect(strike(faults)).resolves.toBe(undisturbed);
      await expect(staleFiles(world)).resolves.toStrictEqual([]);
      expect(failIfOneCrashed).not.toThrow();
    },
    300_000,
  );

  it('loses its bytes when it is deleted while a worker dies, without that worker (DL-05)', async () => {
    const { statusUrl, manifest } = await startExport(world);
    const watched = manifest.catch(() => undefined);
    await delay(random() * EXPORT_SECONDS * 500);
    await world.workers[0].signal('SIGKILL');
    await world.client.delete(statusUrl);
    const jobId = statusUrl.slice(statusUrl.lastIndexOf('/') + 1);

    await until('the bytes are gone', async () =>
      (await storedFiles(world)).every((file) => !file.includes(jobId)),
    );
    await watched;

    await expect(world.client.poll(statusUrl)).rejects.toMatchObject({ status: 404 });
  }, 120_000);

  it('leaves no orphan file, no lease, no lock and no open transaction behind', async () => {
    const swept = async (): Promise<boolean> => {
      const open = await world.query(
        'select from export.job where finished_at is not null and swept_at is null',
      );
      return open.length === 0;
    };
    await until('every finished export was gone over', swept, 90);
    await until('nothing is held any more', async () => (await leaksOf(world)).length === 0).catch(
      () => undefined,
    );

    const kept = await world.query<{ storage_key: string }>('select storage_key from export.file');

    await expect(leaksOf(world)).resolves.toStrictEqual([]);
    await expect(storedFiles(world)).resolves.toStrictEqual(
      kept.map((file) => file.storage_key).sort(),
    );
  }, 150_000);

  /** One export with faults at random moments. @returns the hash of what it delivers */
  async function strike(faults: readonly Fault[]): Promise<string> {
    const { statusUrl, manifest } = await startExport(world);
    const delivered = manifest.then((complete) => contentHash(world, complete));
    // It is awaited below; until then a failure must not end the process.
    delivered.catch(() => undefined);
    for (const fault of faults) {
      await delay((random() * EXPORT_SECONDS * 1000) / faults.length);
      await fault.inject(world);
      await delay(fault.lasts * 1000);
      await fault.heal(world);
    }
    const hash = await delivered;
    // Of some exports everything must be there at the end, of others nothing; and the disk is small.
    if (random() < 0.7) await world.client.delete(statusUrl);
    return hash;
  }
});

/** All faults in each round, one an export, and as many pairs of them that come one upon the other. */
function longPlans(): readonly (readonly [string, readonly Fault[]])[] {
  return Array.from({ length: ROUNDS }, () => [
    ...FAULTS.map((fault) => planOf([fault])),
    ...FAULTS.map((fault) => planOf([fault, any(FAULTS)])),
  ]).flat();
}

function planOf(faults: readonly Fault[]): readonly [string, readonly Fault[]] {
  return [faults.map(({ name }) => name).join(', then '), faults];
}

function faultNamed(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (!fault) throw new Error(`There is no fault "${name}".`);
  return fault;
}

function any<T>(all: readonly T[]): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('Of nothing there is no choice.');
  return one;
}
