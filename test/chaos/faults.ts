import { rename, rm, symlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { LEASE, type World } from './world';

/** Something that goes wrong, and what the operator, or the platform, does about it afterwards. */
export interface Fault {
  readonly name: string;
  /** Breaks it. */
  inject(world: World): Promise<void>;
  /** Puts it right again. */
  heal(world: World): Promise<void>;
  /** Seconds between the two. */
  readonly lasts: number;
}

const nothing = (): Promise<void> => Promise.resolve();

const startAll = async ({ api, workers }: World): Promise<void> => {
  await Promise.all([api, ...workers].map((process) => process.start()));
};

/** Every fault that the service promises to survive (docs/reliability.md). */
export const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the api',
    inject: ({ api }: World): Promise<void> => api.signal('SIGKILL'),
    heal: startAll,
    lasts: 0.5,
  },
  {
    name: 'kill -9 of a worker',
    inject: ({ workers: [first] }: World): Promise<void> => first.signal('SIGKILL'),
    heal: startAll,
    lasts: 1,
  },
  {
    name: 'kill -9 of every process at once',
    inject: async ({ api, workers }: World): Promise<void> => {
      await Promise.all([api, ...workers].map((process) => process.signal('SIGKILL')));
    },
    heal: startAll,
    lasts: 0,
  },
  {
    name: 'SIGTERM of a worker, as in a deployment',
    inject: ({ workers: [first] }: World): Promise<void> => endsWithin(10, first.signal('SIGTERM')),
    heal: startAll,
    lasts: 0,
  },
  {
    name: 'SIGTERM of a worker whose network holds everything back',
    inject: ({ line, workers: [first] }: World): Promise<void> => {
      line.hold();
      return endsWithin(10, first.signal('SIGTERM'));
    },
    heal: (world: World): Promise<void> => {
      world.line.resume();
      return startAll(world);
    },
    lasts: 0,
  },
  {
    name: 'SIGTERM of a worker whose disk hangs',
    inject: ({ disk, workers: [first] }: World): Promise<void> => {
      disk.hang(LEASE + 1.5);
      return endsWithin(10, first.signal('SIGTERM'));
    },
    heal: async (world: World): Promise<void> => {
      await world.disk.answers();
      await startAll(world);
    },
    lasts: 0,
  },
  {
    name: 'a worker that is frozen beyond its lease, and wakes up',
    inject: ({ workers: [first] }: World): Promise<void> => first.signal('SIGSTOP'),
    heal: ({ workers: [first] }: World): Promise<void> => first.signal('SIGCONT'),
    lasts: LEASE + 1.5,
  },
  {
    name: 'Redis killed, and back without its data',
    inject: ({ redis }: World): Promise<void> => redis.kill(),
    heal: ({ redis }: World): Promise<void> => redis.start(),
    lasts: 1.5,
  },
  {
    name: 'Redis flushed',
    inject: async ({ redis }: World): Promise<void> => {
      const client = new Redis(redis.port);
      await client.flushall();
      client.disconnect();
    },
    heal: nothing,
    lasts: 0,
  },
  {
    name: 'PostgreSQL restarted',
    inject: ({ postgres }: World): Promise<void> => postgres.shutDown(),
    heal: ({ postgres }: World): Promise<void> => postgres.start(),
    lasts: 0.5,
  },
  {
    name: 'PostgreSQL crashed, and back after its recovery',
    inject: ({ postgres }: World): Promise<void> => postgres.kill(),
    heal: ({ postgres }: World): Promise<void> => postgres.start(),
    lasts: 1,
  },
  {
    name: 'connections cut in the middle of COPY',
    inject: ({ line }: World): Promise<void> => {
      line.cut();
      return nothing();
    },
    heal: nothing,
    lasts: 0,
  },
  // As node-postgres sends it.
  answersLost('commits whose answers are lost', (sent) => sent.includes('COMMIT\0')),
  answersLost('statements whose answers are lost, one in five', everyFifth()),
  {
    name: 'a network that holds everything back beyond the lease',
    inject: ({ line }: World): Promise<void> => {
      line.hold();
      return nothing();
    },
    heal: ({ line }: World): Promise<void> => {
      line.resume();
      return nothing();
    },
    lasts: LEASE + 1.5,
  },
  {
    name: 'a storage that refuses for a while',
    // A link to itself: whatever is asked of it fails.
    inject: ({ storage }: World): Promise<void> =>
      rename(storage, `${storage}.away`).then(() => symlink(storage, storage)),
    heal: async ({ storage }: World): Promise<void> => {
      await rm(storage, { recursive: true, force: true });
      await rename(`${storage}.away`, storage);
    },
    lasts: 1.5,
  },
  {
    name: 'a disk that hangs beyond the lease',
    inject: ({ disk }: World): Promise<void> => {
      disk.hang(LEASE + 1.5);
      return nothing();
    },
    heal: ({ disk }: World): Promise<void> => disk.answers(),
    lasts: 0,
  },
  {
    name: 'a disk that is full for a while',
    inject: ({ disk }: World): Promise<void> => disk.fill(),
    heal: ({ disk }: World): Promise<void> => disk.free(),
    lasts: 1.5,
  },
];

function answersLost(name: string, isLost: (sent: Buffer) => boolean): Fault {
  const lose = ({ line }: World): Promise<void> => {
    line.loseAnswers(isLost);
    return nothing();
  };
  const keep = ({ line }: World): Promise<void> => {
    line.keepAnswers();
    return nothing();
  };
  return { name, inject: lose, heal: keep, lasts: 1 };
}

function everyFifth(): () => boolean {
  let sent = 0;
  return () => ++sent % 5 === 0;
}

async function endsWithin(seconds: number, ended: Promise<void>): Promise<void> {
  const controller = new AbortController();
  const late = delay(seconds * 1000, 'late' as const, { signal: controller.signal });
  const first = await Promise.race([ended, late.catch(() => 'late' as const)]);
  controller.abort();
  if (first === 'late') throw new Error(`The process did not end within ${seconds} s.`);
}
