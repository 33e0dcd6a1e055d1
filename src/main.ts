import 'reflect-metadata';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { ApiModule } from './api.module';
import type { Config } from './config';
import { FollowerModule } from './follower.module';
import { adminServer, configureApi, configureApp } from './http';
import { endInTime, endOnUnexpectedErrors, failStart, listen, processConfig } from './start';
import { awaitDependencies } from './start-up';

/** What ROLE says: the api, with ROLE=all everything else too, or with ROLE=feed the followers alone. */
async function start(): Promise<void> {
  const config = processConfig();
  await awaitDependencies(config);
  await (config.role === 'feed' ? startFollowers(config) : startApi(config));
}

async function startApi(config: Config): Promise<void> {
  const app = await create(ApiModule.forRoot(config));
  configureApi(app, config);
  app.enableShutdownHooks();
  const { host, port, adminPort } = config.http;
  await listen(app, { host, port, setting: 'PORT' });
  if (adminPort === undefined) return;
  await listen(adminServer(app, config), { host, port: adminPort, setting: 'ADMIN_PORT' });
}

/** Health and metrics are on a port that is never public. */
async function startFollowers(config: Config): Promise<void> {
  const app = await create(FollowerModule.forRoot(config));
  configureApp(app, config);
  app.enableShutdownHooks();
  endInTime();
  const { host, workerPort } = config.http;
  await listen(app, { host, port: workerPort, setting: 'WORKER_PORT' });
}

function create(module: DynamicModule): Promise<NestExpressApplication> {
  return NestFactory.create<NestExpressApplication>(module, {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
}

endOnUnexpectedErrors();
start().catch(failStart);
