import type { NestExpressApplication } from '@nestjs/platform-express';

import type { Config } from '../config';
import { answerBrowsers, setupPages, siteOf } from '../pages';
import { configureApp } from './configure-app';

/** HTTP of an api: what all processes have, and pages for people. The same for the server and for tests. */
export function configureApi(app: NestExpressApplication, config: Config): void {
  app.use(answerBrowsers(siteOf(config)));
  configureApp(app, config);
  setupPages(app, config);
}
