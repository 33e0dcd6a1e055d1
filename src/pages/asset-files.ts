import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface AssetFile {
  readonly name: string;
  readonly folder: string;
}

/** Files that the pages name: our own, Swagger UI, and what the console is made with. */
export function assetFiles(): readonly AssetFile[] {
  const own = join(__dirname, 'assets');
  const preact = join(dirname(require.resolve('htm')), '..', 'preact');
  const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));
  return [
    ...readdirSync(own).map((name) => ({ name, folder: own })),
    { name: 'standalone.module.js', folder: preact },
    { name: 'swagger-ui.css', folder: swaggerUi },
    { name: 'swagger-ui-bundle.js', folder: swaggerUi },
  ];
}
