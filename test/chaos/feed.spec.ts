import { setTimeout as delay } from 'node:timers/promises';

import { failIfOneCrashed } from '../support/own-process';
import { until } from '../support/until';
import type { Held } from './feed-client';
import { FEED_FAULTS, type FeedFault } from './feed-faults';
import { type FeedWorld, FOLLOWED, PUSHED, startFeedWorld } from './feed-world';
import { randomFrom } from './random';

/** `npm run test:chaos` sets it: rounds over all faults. Otherwise a handful of them is tried once. */
const ROUNDS = Number(process.env['CHAOS_ROUNDS'] ?? '0');
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);
const random = randomFrom(SEED);

const HANDFUL = [
  'kill -9 of every process at once',
  'statements whose answers are lost, one in five',
];

/** What the store says of itself, in one snapshot. */
interface Sample {
  readonly position: number;
  readonly upTo: string | null;
  readonly held: readonly (readonly [type: string, id: string, version: number, state: string])[];
}

const SAMPLE = `
  select coalesce((select position from feed.feed where name = '${PUSHED}'), 0)::int as position,
    (select up_to::text from feed.feed where name = '${FOLLOWED}') as "upTo",
    coalesce((select json_agg(json_build_array(type, id, version,
                coalesce(content::json ->> 'status', content::json ->> 'name')))
              from clinical.resource), '[]') as held`;

describe(`The way in, in chaos (CHAOS_SEED=${SEED})`, () => {
  let world: FeedWorld;

  beforeAll(async () => {
    world = await startFeedWorld();
  }, 120_000);

  afterAll(() => world.close(), 60_000);

  it.each(plans())(
    'loses nothing, doubles nothing, and never says more than is true, after %s',
    async (_names, faults) => {
      let isOver = false;
      const goOn = async (step: () => Promise<void>): Promise<void> => {
        while (!isOver) {
          await step();
          await delay(random() * 60);
        }
      };
      world.ehr.start();
      const working = Promise.all([
        goOn(() => world.client.sendBatch()),
        goOn(() => world.client.putOne()),
        goOn(() => checkOnce(world)),
      ]);
      // It is awaited below; until then a failure must not end the process.
      working.catch(() => undefined);
      try {
        for (const fault of faults) {
          await Promise.race([working, delay(random() * 1000)]);
          await fault.inject(world);
          await Promise.race([working, delay(fault.lasts * 1000)]);
          await fault.heal(world);
        }
        await Promise.race([working, delay(500)]);
      } finally {
        isOver = true;
        await world.ehr.stop();
      }
      await working;
      const last = await world.ehr.now();
      await until(
        'the EHR is contained',
        async () => Date.parse((await sample(world)).upTo ?? '') > last.getTime(),
        120,
      );

      await checkEnd(world);
      expect(failIfOneCrashed).not.toThrow();
    },
    300_000,
  );
});

async function sample({ query }: FeedWorld): Promise<Sample> {
  const [row] = await query<Sample>(SAMPLE);
  if (!row) throw new Error('There is a row.');
  return row;
}

/** What holds at every moment: batches are in whole, in their order; the watermark is behind the truth. */
async function checkOnce(world: FeedWorld): Promise<void> {
  const seen = await sample(world).catch(() => undefined);
  if (!seen) return;
  expect(of(seen, 'Observation')).toStrictEqual(present(world.client.books[seen.position]));
  if (seen.upTo === null) return;
  const goals = new Map(
    seen.held.filter(([type]) => type === 'Goal').map(([, id, , state]) => [id, state]),
  );
  expect(await world.ehr.contradictions(goals, seen.upTo)).toStrictEqual([]);
}

async function checkEnd(world: FeedWorld): Promise<void> {
  const { client, ehr, query } = world;
  const seen = await sample(world);
  expect(seen.position).toBe(client.books.length - 1);
  expect(of(seen, 'Observation')).toStrictEqual(present(client.books.at(-1)));
  expect(of(seen, 'Location')).toStrictEqual(new Map([['b', client.written]]));
  const goals = [...of(seen, 'Goal')].map(([id, { state }]) => [id, state]);
  const ends = [...(await ehr.ends())].filter(([, state]) => state !== null);
  expect(goals).toStrictEqual(ends.sort());
  const [counted] = await query(
    `select (select count(*)::int from feed.rejected_line) as rejected,
       (select bool_and(complete) from (select count(*) = max(sequence) as complete from feed.batch group by feed) f) as gapless`,
  );
  expect(counted).toStrictEqual({ rejected: client.poisoned, gapless: true });
}

function of({ held }: Sample, wanted: string): ReadonlyMap<string, Held> {
  return new Map(
    held
      .filter(([type]) => type === wanted)
      .map(([, id, version, state]) => [id, { version, state }] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function present(book: ReadonlyMap<string, Held> | undefined): ReadonlyMap<string, Held> {
  return new Map(
    [...(book ?? [])]
      .filter(([, { state }]) => state !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** All faults in each round, and as many pairs of them; else a handful, one after the other. */
function plans(): readonly (readonly [string, readonly FeedFault[]])[] {
  if (ROUNDS === 0) return [planOf(FEED_FAULTS.filter(({ name }) => HANDFUL.includes(name)))];
  return Array.from({ length: ROUNDS }, () => [
    ...FEED_FAULTS.map((fault) => planOf([fault])),
    ...FEED_FAULTS.map((fault) => planOf([fault, any(FEED_FAULTS)])),
  ]).flat();
}

function planOf(faults: readonly FeedFault[]): readonly [string, readonly FeedFault[]] {
  return [faults.map(({ name }) => name).join(', then '), faults];
}

function any<T>(all: readonly T[]): T {
  const one = all[Math.floor(random() * all.length)];
  if (one === undefined) throw new Error('Of nothing there is no choice.');
  return one;
}
