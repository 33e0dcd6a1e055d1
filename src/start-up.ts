import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';
import { type Logger, pino } from 'pino';

import { logDestination } from './common';
import type { Config } from './config';
import { databaseAdvice, requireSchema, UnfitDatabaseError } from './database';
import { codeOf, pingRedis, redisForChecks, requireStorage } from './health';
import { openStorage } from './storage';

/** What waiting does not mend: credentials that are refused, and a database that is not there. */
const REFUSED = /^(28...|3D000|WRONGPASS|NOAUTH|NOPERM)$/;
const CONNECT_MILLISECONDS = 5000;
const LONGEST_PAUSE_MILLISECONDS = 5000;

/**
 * Waits until everything that the process works with can be used, for START_WAIT_SECONDS at most, with a
 * line in the log for each attempt. What waiting does not mend ends it at once.
 *
 * @throws Error that says what is wrong, and with which setting
 */
export async function awaitDependencies(config: Config): Promise<void> {
  const base = { pid: process.pid, context: 'Start' };
  const log = pino({ level: config.logLevel, base }, logDestination());
  try {
    await requireStorage(await openStorage(config.storage)).catch((error: unknown) => {
      const setting = config.storage.driver === 'local' ? 'STORAGE_DIRECTORY' : 'S3_BUCKET';
      throw new Error(`${setting} ${(error as Error).message}.`, { cause: error });
    });
    await reached(() => checkPostgres(config), 'PostgreSQL (DATABASE_URL)', { config, log });
    await reached(() => checkRedis(config), 'Redis (REDIS_URL)', { config, log });
  } catch (error) {
    log.fatal({ reason: (error as Error).message }, 'the process cannot start');
    throw error;
  }
}

async function reached(
  check: () => Promise<void>,
  name: string,
  { config: { startWait }, log }: { readonly config: Config; readonly log: Logger },
): Promise<void> {
  const deadline = performance.now() + startWait * 1000;
  for (let pause = 500; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS)) {
    try {
      await check();
      return;
    } catch (error) {
      if (error instanceof UnfitDatabaseError) throw error;
      const refusal = refusalOf(error, name);
      if (refusal !== undefined) throw new Error(refusal, { cause: error });
      const code = codeOf(error);
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new Error(`${name} did not answer within ${startWait} s: ${code}.`, { cause: error });
      }
      const milliseconds = Math.round(Math.min(pause, left));
      log.warn({ dependency: name, code, retryInMs: milliseconds }, 'not reached, tried again');
      await delay(milliseconds);
    }
  }
}

/** What waiting does not mend, and how to mend it; undefined while the server may still come. */
function refusalOf(error: unknown, name: string): string | undefined {
  const code = codeOf(error);
  const { message } = error as Error;
  if (REFUSED.test(code)) {
    return (
      databaseAdvice(error) ?? `${name} refuses the user or the password; correct them: ${code}.`
    );
  }
  if (message.includes('does not support SSL')) {
    return `${name} has no TLS, which the sslmode of the URL asks for; correct one of them.`;
  }
  if (message.startsWith('ERR DB index')) {
    return `${name} has no database of the number that ends the URL; correct it.`;
  }
  return undefined;
}

async function checkPostgres({ database }: Config): Promise<void> {
  const client = new Client({
    connectionString: database.url,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    application_name: 'ehr-bulk-data',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await requireSchema(async <T>(sql: string) => (await client.query(sql)).rows as T[]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function checkRedis({ redis: { url } }: Config): Promise<void> {
  const redis = redisForChecks(url);
  try {
    await new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve).once('error', reject);
    });
    await pingRedis(redis);
  } finally {
    redis.disconnect();
  }
}
