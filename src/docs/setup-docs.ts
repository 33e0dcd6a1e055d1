import { join } from 'node:path';

import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';

import { SOFTWARE } from '../common';
import type { Config } from '../config';
import { openApiDocument } from './open-api-document';

const PATH = '/docs';

/**
 * Serves the description of the API for people at /docs, with a panel to sign in, and for programs
 * at /docs-json. To be called when the app is configured, before it listens. Nothing on the page is
 * inline script, so it lives under the content security policy of all other pages.
 */
export function setupDocs(app: NestExpressApplication, config: Config): void {
  const assets = `${new URL(config.http.publicUrl).pathname.replace(/\/$/, '')}${PATH}/assets`;
  app.useStaticAssets(join(__dirname, 'assets'), { prefix: `${PATH}/assets`, index: false });
  SwaggerModule.setup(PATH, app, () => openApiDocument(app, config), {
    raw: ['json'],
    customSiteTitle: `${SOFTWARE.name} API`,
    customCssUrl: `${assets}/sign-in.css`,
    customJs: ['keys.js', 'token.js', 'sign-in.js'].map((file) => `${assets}/${file}`),
    swaggerOptions: {
      // A token on this page is gone when the page is.
      persistAuthorization: false,
      defaultModelsExpandDepth: -1,
      displayRequestDuration: true,
      docExpansion: 'list',
      tryItOutEnabled: true,
      validatorUrl: null,
    },
  });
}
