import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import Bull from 'bull';
import type { Redis } from 'ioredis';
import { DataSource } from 'typeorm';

import { freePort } from '../../scripts/services/free-port';
import { ApiModule } from '../../src/api.module';
import { Clock, HostClock } from '../../src/common';
import { type Config, readConfig } from '../../src/config';
import { ClockKeeper } from '../../src/database';
import { adminServer, configureApi } from '../../src/http';
import { StoppableClock, TestClock, TestHostClock, TestTime } from './clock';
import { createTestDatabase, required } from './database';

export { freePort };

/** The whole service in one process (ROLE=all unless told otherwise), listening on a free port. */
export interface TestApp {
  readonly app: NestExpressApplication;
  readonly config: Config;
  /** http://127.0.0.1:port */
  readonly url: string;
  /** url + /fhir */
  readonly fhirBase: string;
  readonly dataSource: DataSource;
  readonly clock: TestClock;
  /** The environment that it was configured from: for processes that are to join it. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * Starts the service on a database, a Redis prefix and a storage folder of its own.
 *
 * @param overrides variables of the environment that differ from the defaults for tests
 * @param probes modules that a test adds, such as a route behind a guard
 */
export async function startTestApp(
  overrides: Readonly<Record<string, string>> = {},
  probes: readonly Type[] = [],
): Promise<TestApp> {
  const database = await createTestDatabase();
  const storage = await mkdtemp(join(tmpdir(), 'bulk-test-'));
  const environment = { ...(await defaults(database.url, storage)), ...overrides };
  const started = await boot(environment, new TestTime(), probes);
  return {
    ...started,
    close: async () => {
      await started.close();
      await database.drop();
      await rm(storage, { recursive: true, force: true });
    },
  };
}

/**
 * Starts one more process of the same service, as behind a load balancer: same public URL, database,
 * queue and passing time, a port of its own. To be closed before the first.
 *
 * @param ahead by how many seconds its host's clock is off
 */
export async function startReplica(
  of: TestApp,
  overrides: Readonly<Record<string, string>> = {},
  ahead = 0,
): Promise<TestApp> {
  const port = await freePort();
  const environment = { ...of.environment, PORT: String(port), ROLE: 'api', ...overrides };
  const started = await boot(environment, of.clock.time, [], ahead);
  return { ...started, url: `http://127.0.0.1:${port}` };
}

async function boot(
  environment: Readonly<Record<string, string>>,
  time: TestTime,
  probes: readonly Type[],
  ahead = 0,
): Promise<TestApp> {
  const config = readConfig(environment);
  const host = new TestHostClock(time, ahead);
  const clock = new StoppableClock(host, time);
  const testing = await Test.createTestingModule({
    imports: [ApiModule.forRoot(config), ...probes],
  })
    .overrideProvider(HostClock)
    .useValue(host)
    .overrideProvider(Clock)
    .useValue(clock)
    .compile();
  const app = testing.createNestApplication<NestExpressApplication>({ bodyParser: false });
  configureApi(app, config);
  const { host: address, port, adminPort } = config.http;
  await app.listen(port, address);
  if (adminPort !== undefined) adminServer(app, config).listen(adminPort, address);
  const dataSource = app.get(DataSource);
  const keeper = app.get(ClockKeeper, { strict: false });
  const leave = time.join(() => keeper.read());
  return {
    app,
    config,
    url: config.http.publicUrl,
    fhirBase: config.http.fhirBase,
    dataSource,
    clock: new TestClock(dataSource, time, clock, host),
    environment,
    close: () => {
      leave();
      doNotAwaitBlocked(app);
      return app.close();
    },
  };
}

/** Redis answers a blocked connection when the wait is over: Bull gives it half a second for each queue. */
function doNotAwaitBlocked(app: NestExpressApplication): void {
  const providers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.providers.values(),
  ]);
  for (const { instance } of providers) {
    if (!(instance instanceof Bull)) continue;
    const queue = instance as unknown as { bclient: Redis; bclientInitialized?: boolean };
    if (queue.bclientInitialized) queue.bclient.quit = () => Promise.resolve('OK');
  }
}

async function defaults(
  databaseUrl: string,
  storage: string,
): Promise<Readonly<Record<string, string>>> {
  const port = await freePort();
  return {
    ENV_FILE: '/dev/null',
    ROLE: 'all',
    EMBEDDED: 'true',
    HOST: '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: databaseUrl,
    REDIS_URL: required('TEST_REDIS_URL'),
    REDIS_PREFIX: `bulk-test-${randomBytes(6).toString('hex')}`,
    REDIS_WITHOUT_BRPOPLPUSH: process.env['REDIS_WITHOUT_BRPOPLPUSH'] ?? 'false',
    STORAGE_DIRECTORY: storage,
    JWKS_ALLOW_PRIVATE_ADDRESSES: 'true',
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
  };
}
