import type { OpenAPIObject } from '@nestjs/swagger';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

type Item = OpenAPIObject['paths'][string];
type Operation = NonNullable<Item['get']>;

const METHODS = ['get', 'post', 'put', 'delete'] as const;

/** An operation at a path that is the same for several types. */
interface Shared {
  readonly place: string;
  readonly method: (typeof METHODS)[number];
  readonly operation: Operation;
  readonly types: string[];
}

/**
 * Tells the paths of a document that are the same for many resource types once: `{type}` stands for the
 * types, which are listed. What only one type has stays under its own path. Types that are not offered
 * are left out, of closed lists as well.
 */
export function withTypedPaths(
  document: OpenAPIObject,
  offered: readonly ResourceType[],
): OpenAPIObject {
  const paths: Record<string, Item> = {};
  const shared = new Map<string, Shared>();
  for (const [path, item] of Object.entries(document.paths)) {
    const type = RESOURCE_TYPES.find((one) => path.includes(`/${one}/{id}`));
    if (type === undefined) paths[path] = item;
    else if (offered.includes(type)) note(path, { type, item }, shared);
  }
  for (const { place, method, operation, types } of shared.values()) {
    const [only = ''] = types;
    const path = types.length === 1 ? place.replace('{type}', only) : place;
    const told = types.length === 1 ? operation : withType(operation, types);
    paths[path] = { ...paths[path], [method]: told };
  }
  return onlyOffered({ ...document, paths }, offered);
}

/** Lists of all types hold those that are offered. */
function onlyOffered(document: OpenAPIObject, offered: readonly ResourceType[]): OpenAPIObject {
  const isEveryType = (value: unknown): boolean =>
    Array.isArray(value) &&
    value.length === RESOURCE_TYPES.length &&
    RESOURCE_TYPES.every((type, at) => value[at] === type);
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === 'enum' && isEveryType(value) ? offered : value,
  );
  return JSON.parse(text) as OpenAPIObject;
}

function note(
  path: string,
  { type, item }: { readonly type: string; readonly item: Item },
  shared: Map<string, Shared>,
): void {
  const place = path.replace(`/${type}/`, '/{type}/');
  for (const method of METHODS) {
    const operation = item[method];
    if (!operation) continue;
    const key = `${method} ${place} ${operation.summary ?? ''}`;
    const known = shared.get(key) ?? { place, method, operation, types: [] };
    known.types.push(type);
    shared.set(key, known);
  }
}

function withType(operation: Operation, types: readonly string[]): Operation {
  const type = {
    name: 'type',
    in: 'path' as const,
    required: true,
    description: 'Resource type.',
    schema: { type: 'string' as const, enum: [...types] },
  };
  return { ...operation, parameters: [type, ...(operation.parameters ?? [])] };
}
