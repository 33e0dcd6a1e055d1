import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { serviceCli } from '../../scripts/database/service-cli';
import { registerApp } from '../../scripts/service/register-app';
import { freePort } from '../../scripts/services';
import { embeddedSigningKeys } from '../../src/config/embedded';
import { createTestDatabase } from '../support/database';
import { FeedClient } from './feed-client';
import { FollowedEhr } from './followed-ehr';
import { type Breakable, breakablePostgres, breakableRedis, postgresUrl } from './servers';
import { ServiceProcess } from './service';
import { slowProxy, type SlowProxy } from './slow-proxy';
import { queryOnce } from './world';

export const PUSHED = 'lab';
export const FOLLOWED = 'ehr-database';

const CHANGES = `
  select id, changed_at, deleted, content from goal
  where changed_at >= :since order by changed_at`;

/** The way in, on servers of its own: two followers of an EHR, and an api that takes batches and writes. */
export interface FeedWorld {
  readonly postgres: Breakable;
  /** Between the service and its store. */
  readonly line: SlowProxy;
  /** Between the followers and the EHR. */
  readonly sourceLine: SlowProxy;
  readonly api: ServiceProcess;
  readonly followers: readonly [ServiceProcess, ServiceProcess];
  readonly ehr: FollowedEhr;
  readonly client: FeedClient;
  /** Straight to the store. */
  query<T extends object>(sql: string, parameters?: readonly unknown[]): Promise<readonly T[]>;
  close(): Promise<void>;
}

export async function startFeedWorld(): Promise<FeedWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'bulk-feed-chaos-'));
  const [postgres, redis, source] = await Promise.all([
    breakablePostgres(folder),
    breakableRedis(folder),
    createTestDatabase(),
  ]);
  const ehr = await FollowedEhr.open(source.url);
  const line = await slowProxy(postgres.port, Infinity);
  const sourceUrl = new URL(source.url);
  const sourceLine = await slowProxy(Number(sourceUrl.port), Infinity);
  sourceUrl.port = String(sourceLine.port);
  const statements = join(folder, 'statements');
  await mkdir(statements);
  await writeFile(join(statements, 'Goal.sql'), CHANGES);
  await writeFile(join(statements, 'Goal.ids.sql'), 'select id from goal where not deleted');
  const port = await freePort();
  const environment = {
    ...{ EMBEDDED: 'true', ROLE: 'api', HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn' },
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    REDIS_URL: `redis://127.0.0.1:${redis.port}`,
    REDIS_WITHOUT_BRPOPLPUSH: String(redis.kind === 'stand-in'),
    STORAGE_DIRECTORY: folder,
    TOKEN_SIGNING_KEYS: embeddedSigningKeys(),
    FHIR_WRITES: 'true',
    FEED_DATABASE_URL: sourceUrl.href,
    FEED_DATABASE_FOLDER: statements,
    FEED_DATABASE_OVERLAP_SECONDS: '1',
    FEED_DATABASE_CLOCK_SKEW_SECONDS: '2',
    FEED_POLL_SECONDS: '0',
    FEED_COMPARE_SECONDS: '0',
    FEED_MAX_DELETED_PERCENT: '100',
  };
  const direct = { ...environment, DATABASE_URL: postgresUrl(postgres.port) };
  await serviceCli(['migrate'], direct, { output: 'held-back' });
  const credentials = await registerApp({
    ...{ name: 'Sender', groups: [], feeds: [PUSHED], fhirWrites: true },
    ...{ directory: folder, environment: direct, signal: new AbortController().signal },
  });
  const served = { ...environment, DATABASE_URL: postgresUrl(line.port) };
  const api = new ServiceProcess('api', served, join(folder, 'api.log'));
  const follower = (name: string): ServiceProcess =>
    new ServiceProcess('feed', served, join(folder, `${name}.log`));
  const followers = [follower('follower-1'), follower('follower-2')] as const;
  await Promise.all([api, ...followers].map((process) => process.start()));
  return {
    ...{ postgres, line, sourceLine, api, followers, ehr },
    client: new FeedClient(`http://127.0.0.1:${port}`, credentials),
    query: (sql, parameters) => queryOnce(postgresUrl(postgres.port), sql, parameters),
    close: async () => {
      await Promise.all([api, ...followers].map((process) => process.signal('SIGKILL')));
      await Promise.all([line.close(), sourceLine.close(), ehr.close()]);
      await Promise.all([postgres.remove(), redis.remove(), source.drop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
