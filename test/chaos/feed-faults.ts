import type { FeedWorld } from './feed-world';

/** Something that goes wrong on the way in, and what puts it right again. */
export interface FeedFault {
  readonly name: string;
  inject(world: FeedWorld): Promise<void> | void;
  heal(world: FeedWorld): Promise<void> | void;
  /** Seconds between the two. */
  readonly lasts: number;
}

const nothing = (): void => undefined;

const startAll = async ({ api, followers }: FeedWorld): Promise<void> => {
  await Promise.all([api, ...followers].map((process) => process.start()));
};

export const FEED_FAULTS: readonly FeedFault[] = [
  {
    name: 'kill -9 of the api',
    inject: ({ api }) => api.signal('SIGKILL'),
    heal: startAll,
    lasts: 0.3,
  },
  {
    name: 'kill -9 of a follower',
    inject: ({ followers: [first] }) => first.signal('SIGKILL'),
    heal: startAll,
    lasts: 0.5,
  },
  {
    name: 'kill -9 of every process at once',
    inject: async ({ api, followers }) => {
      await Promise.all([api, ...followers].map((process) => process.signal('SIGKILL')));
    },
    heal: startAll,
    lasts: 0,
  },
  {
    name: 'a follower that is frozen, and wakes up',
    inject: ({ followers: [first] }) => first.signal('SIGSTOP'),
    heal: ({ followers: [first] }) => first.signal('SIGCONT'),
    lasts: 2,
  },
  {
    name: 'PostgreSQL restarted',
    inject: ({ postgres }) => postgres.shutDown(),
    heal: ({ postgres }) => postgres.start(),
    lasts: 0.3,
  },
  {
    name: 'PostgreSQL crashed, and back after its recovery',
    inject: ({ postgres }) => postgres.kill(),
    heal: ({ postgres }) => postgres.start(),
    lasts: 0.5,
  },
  {
    name: 'connections to the store cut',
    inject: ({ line }) => {
      line.cut();
    },
    heal: nothing,
    lasts: 0,
  },
  answersLost('commits whose answers are lost', (sent) => /commit/i.test(sent.toString('latin1'))),
  answersLost('statements whose answers are lost, one in five', everyFifth()),
  {
    name: 'a network that holds everything back',
    inject: ({ line }) => {
      line.hold();
    },
    heal: ({ line }) => {
      line.resume();
    },
    lasts: 2,
  },
  {
    name: 'the source away',
    inject: ({ sourceLine }) => {
      sourceLine.hold();
      sourceLine.cut();
    },
    heal: ({ sourceLine }) => {
      sourceLine.resume();
      sourceLine.cut();
    },
    lasts: 2,
  },
  {
    name: 'clocks of the source that jump an hour ahead, and back',
    inject: ({ ehr }) => ehr.jump('1 hour'),
    heal: ({ ehr }) => ehr.jump('0'),
    lasts: 1,
  },
  {
    name: 'clocks of the source that fall behind',
    inject: ({ ehr }) => ehr.jump('-1.5 seconds'),
    heal: ({ ehr }) => ehr.jump('0'),
    lasts: 1,
  },
];

function answersLost(name: string, isLost: (sent: Buffer) => boolean): FeedFault {
  return {
    name,
    inject: ({ line }) => {
      line.loseAnswers(isLost);
    },
    heal: ({ line }) => {
      line.keepAnswers();
    },
    lasts: 1,
  };
}

function everyFifth(): () => boolean {
  let sent = 0;
  return () => ++sent % 5 === 0;
}
