import 'reflect-metadata';

import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';

import { ApiModule } from './api.module';
import { configureApi } from './http';
import { endOnUnexpectedErrors, failStart, listen, processConfig } from './start';
import { awaitDependencies } from './start-up';

/** The api: HTTP, and with ROLE=all the processors too. */
async function start(): Promise<void> {
  const config = processConfig();
  await awaitDependencies(config);
  const app = await NestFactory.create<NestExpressApplication>(ApiModule.forRoot(config), {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
  configureApi(app, config);
  app.enableShutdownHooks();
  const { host, port } = config.http;
  await listen(app, { host, port, setting: 'PORT' });
}

endOnUnexpectedErrors();
start().catch(failStart);
