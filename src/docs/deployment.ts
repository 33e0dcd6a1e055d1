import type { OpenAPIObject } from '@nestjs/swagger';

import { OPERATOR_SCHEME, SANDBOX_HEADER } from '../common';
import type { Config } from '../config';

/** Operations that a deployment does not serve. */
interface Absence {
  readonly isGiven: (config: Config) => boolean;
  readonly covers: (method: string, path: string, config: Config) => boolean;
}

const ABSENCES: readonly Absence[] = [
  {
    isGiven: ({ admin }) => admin.token === undefined,
    covers: (_, path) => path.startsWith('/admin/'),
  },
  {
    isGiven: ({ auth }) => !auth.issuesTokens,
    covers: (_, path) => path.endsWith('/auth/token'),
  },
  {
    isGiven: ({ feeds }) => !feeds.hasFhirWrites,
    covers: (method, path, { http: { basePath } }) =>
      path === basePath || (method !== 'get' && path === `${basePath}/{type}/{id}`),
  },
  {
    isGiven: (config) => config.export.bulkDataVersion === '4.0-ballot',
    covers: (method, path) => method === 'get' && path.endsWith('/$export'),
  },
];

/** Leaves in the description what this deployment serves: its operations, and the schemas that these use. */
export function ofDeployment(document: OpenAPIObject, config: Config): OpenAPIObject {
  const absences = ABSENCES.filter(({ isGiven }) => isGiven(config));
  const isServed = (method: string, path: string): boolean =>
    !absences.some(({ covers }) => covers(method, path, config));
  const paths = Object.entries(document.paths).flatMap(([path, item]) => {
    const served = Object.entries(item).filter(([method]) => isServed(method, path));
    return served.length === 0 ? [] : [[path, Object.fromEntries(served)] as const];
  });
  const whole = { ...document, paths: Object.fromEntries(paths) };
  if (!config.sandbox) leaveOutSandbox(whole);
  if (config.admin.token === undefined) leaveOutOperators(whole);
  return withoutUnusedSchemas(whole);
}

function leaveOutSandbox({ paths }: OpenAPIObject): void {
  for (const item of Object.values(paths)) {
    for (const operation of [item.get, item.post]) {
      if (operation?.parameters) operation.parameters = operation.parameters.filter(isForAll);
    }
  }
}

const isForAll = (parameter: object): boolean =>
  !('name' in parameter && parameter.name === SANDBOX_HEADER);

/** Their credential stands beside that of apps at some operations. */
function leaveOutOperators({ paths }: OpenAPIObject): void {
  for (const { post } of Object.values(paths)) {
    if (post) post.security = post.security?.filter((way) => !(OPERATOR_SCHEME in way));
  }
}

function withoutUnusedSchemas(document: OpenAPIObject): OpenAPIObject {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const text = JSON.stringify(document);
  const used = schemas.filter(([name]) => text.includes(`"#/components/schemas/${name}"`));
  const components = { ...document.components, schemas: Object.fromEntries(used) };
  const left = { ...document, components };
  // What only an unused schema names is unused as well.
  return used.length === schemas.length ? left : withoutUnusedSchemas(left);
}
