import Redis from 'ioredis';

import type { Clock } from '../common';
import { KEEP_ALIVE } from '../database';
import type { FileStorage } from '../storage';

/** What is told of a dependency that does not do: for operators, without anything secret. */
export class UnfitError extends Error {
  constructor(
    readonly reason: string,
    cause?: unknown,
  ) {
    super(reason, { cause });
    this.name = 'UnfitError';
  }
}

const REDIS_MILLISECONDS = 2000;

/** A connection that says at once when it is none, and goes on trying to be one. */
export function redisForChecks(url: string): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    keepAlive: KEEP_ALIVE.keepAliveInitialDelayMillis,
    connectTimeout: REDIS_MILLISECONDS,
    commandTimeout: REDIS_MILLISECONDS,
    retryStrategy: () => 1000,
  });
  // Each check tells; without a listener ioredis would write to the console.
  redis.on('error', () => undefined);
  return redis;
}

/** @throws UnfitError, or what Redis says */
export async function pingRedis(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') throw new UnfitError('not connected');
  await redis.ping();
}

/** @throws UnfitError while the host's clock is off, saying by how many seconds it is ahead */
export function requireAgreement({ agrees, hostAhead }: Clock): Promise<void> {
  if (agrees) return Promise.resolve();
  const ahead = hostAhead === undefined ? 'not known' : `${hostAhead.toFixed(1)} s ahead`;
  return Promise.reject(new UnfitError(`the clock of this host is ${ahead}`));
}

/** One key for a process: whatever ends it leaves one small file behind at most. */
const PROBE = `health/${crypto.randomUUID()}`;

/** Writes a small file and removes it. @throws UnfitError */
export async function requireStorage(storage: FileStorage): Promise<void> {
  try {
    const writer = await storage.create(PROBE);
    try {
      await writer.write([Buffer.from('probe\n')]);
      await writer.publish();
    } catch (error) {
      await writer.abort().catch(() => undefined);
      throw error;
    }
    await storage.remove(PROBE);
  } catch (error) {
    throw new UnfitError(`cannot be written: ${codeOf(error)}`, error);
  }
}

/** A code, or the name of the error: messages may quote anything. */
export function codeOf(error: unknown): string {
  const { code, name, message, errors } = error as Readonly<Record<string, unknown>>;
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0]);
  // Redis has no codes but the first word of what it says: WRONGPASS, NOAUTH, LOADING.
  const word = typeof message === 'string' ? /^[A-Z]{4,}(?= )/.exec(message)?.[0] : undefined;
  return String(code ?? word ?? name);
}
