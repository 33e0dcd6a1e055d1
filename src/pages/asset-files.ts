import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface AssetFile {
  readonly name: string;
  readonly folder: string;
}

/** Files that the pages name: our own, and what Swagger UI needs of its package. */
export function assetFiles(): readonly AssetFile[] {
  const own = join(__dirname, 'assets');
  const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'));
  return [
    ...readdirSync(own).map((name) => ({ name, folder: own })),
    { name: 'swagger-ui.css', folder: swaggerUi },
    { name: 'swagger-ui-bundle.js', folder: swaggerUi },
  ];
}
