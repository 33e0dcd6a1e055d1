import fs from 'node:fs';

import { lastLines } from './awaited-process';
import { claimDirectory } from './owner';
import { startPostgres } from './postgres';
import { type RedisKind, standInOnly, startRedis } from './redis';
import { outsideService, type Service, type ServicePlace } from './service';

export interface ServicesOptions {
  /** Data and logs of the servers; made if missing. One program at a time uses it. */
  readonly directory: string;
  /** Go on with the data that an earlier run left there. Default: start empty. */
  readonly keep?: boolean;
  /** For tests: no fsync, and the data is removed by stop(). Default false. */
  readonly temporary?: boolean;
  /** Takes one line at a time, for people. Default: standard error. */
  readonly log?: Log;
}

export interface Services {
  /** Of an empty database (unless kept) whose user may do anything. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly redisKind: RedisKind | 'outside';
  /** What the service's own programs need in their environment to find both. */
  readonly environment: Readonly<Record<string, string>>;
  /** Settles, with a sentence and the end of its log, when one of the two is gone unasked. */
  readonly ended: Promise<string>;
  /** Ends what was started, and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
}

type Log = (line: string) => void;
type AnyRedis = Service & { readonly kind: RedisKind | 'outside' };

/**
 * Starts a PostgreSQL and a Redis of our own, shared with nobody; DATABASE_URL and REDIS_URL, where set,
 * are used instead. Both end with this process, even when it is killed.
 *
 * @throws with a message for people when one cannot be started; nothing is left running then
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { directory, keep = false, temporary = false, log = console.error } = options;
  let release = (): void => undefined;
  try {
    fs.mkdirSync(directory, { recursive: true });
    release = claimDirectory(directory);
    const [postgres, redis] = await startBoth(
      { directory: fs.realpathSync(directory), keep, temporary },
      log,
    );
    return running(postgres, redis, { log, release });
  } catch (error) {
    release();
    throw explain(error, directory);
  }
}

async function startBoth(place: ServicePlace, log: Log): Promise<[Service, AnyRedis]> {
  const starting = [findPostgres(place), findRedis(place, log)] as const;
  try {
    return await Promise.all(starting);
  } catch (error) {
    for (const result of await Promise.allSettled(starting)) {
      if (result.status === 'fulfilled') await result.value.stop();
    }
    throw error;
  }
}

async function findPostgres(place: ServicePlace): Promise<Service> {
  const url = process.env['DATABASE_URL'];
  return url ? outsideService(url, 'PostgreSQL of DATABASE_URL') : await startPostgres(place);
}

async function findRedis(place: ServicePlace, log: Log): Promise<AnyRedis> {
  const url = standInOnly() ? undefined : process.env['REDIS_URL'];
  if (url) return { ...outsideService(url, 'Redis of REDIS_URL'), kind: 'outside' };
  return await startRedis(place, log);
}

function running(
  postgres: Service,
  redis: AnyRedis,
  { log, release }: { log: Log; release: () => void },
): Services {
  let isStopping = false;
  const endings = [postgres, redis].map(async ({ exited, description, log: file }) => {
    log(description);
    const code = await exited;
    if (isStopping) return await new Promise<never>(() => undefined);
    const sentence = `${description} ended by itself (exit code ${code}).`;
    log(sentence);
    return file === undefined ? sentence : `${sentence}\n${lastLines(file)}`;
  });
  return {
    ended: Promise.race(endings),
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    redisKind: redis.kind,
    environment: {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      ...(redis.kind === 'stand-in' && { REDIS_WITHOUT_BRPOPLPUSH: 'true' }),
    },
    async stop() {
      isStopping = true;
      await Promise.all([postgres.stop(), redis.stop()]);
      release();
    },
  };
}

/** A data directory made by root cannot be used by anybody else, and the bare message does not say so. */
function explain(reason: unknown, directory: string): Error {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EACCES' && code !== 'EPERM') return error;
  return new Error(`${directory} belongs to another user: remove it, or run as that user.`, {
    cause: error,
  });
}
