import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { configureApp } from './http';
import { endInTime, endOnUnexpectedErrors, failStart, listen, processConfig } from './start';
import { awaitDependencies } from './start-up';
import { WorkerModule } from './worker.module';

/** A worker: processors, and health and metrics on a port of its own that is never public. */
async function start(): Promise<void> {
  const config = processConfig();
  await awaitDependencies(config);
  const app = await NestFactory.create<NestExpressApplication>(WorkerModule.forRoot(config), {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
  configureApp(app, config);
  app.enableShutdownHooks();
  endInTime();
  const { host, workerPort } = config.http;
  await listen(app, { host, port: workerPort, setting: 'WORKER_PORT' });
}

endOnUnexpectedErrors();
start().catch(failStart);
