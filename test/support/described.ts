import { Ajv } from '@redocly/ajv';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Compares answers in JSON with an OpenAPI document. The function that it gives takes an operation, as in
 * `get /admin/apps/{id}`, and an answer to it, and tells where they differ: members that are not described
 * are faults, too.
 */
export function describedBy(
  document: object,
): (operation: string, answer: Answer) => readonly string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(closed(document) as object, 'api');
  return (operation, { status, body }) => {
    const [method = '', path = ''] = operation.split(' ');
    const place = ['paths', path, method, 'responses', String(status), 'content'];
    const content = place.reduce<object>(
      (at, name) => (Reflect.get(at, name) ?? {}) as object,
      document,
    );
    const type = Object.keys(content).find((name) => name.includes('json'));
    if (type === undefined) return [`${operation}: ${status} is not described in JSON`];
    ajv.validate({ $ref: `api#/${[...place, type, 'schema'].map(escaped).join('/')}` }, body);
    return (ajv.errors ?? []).map(
      ({ instancePath, message = '', params }) =>
        `${operation}: ${status}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** As a part of a JSON Pointer in a URI (RFC 6901 §6). */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** Schemas that name members admit no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, closed(one)]),
  );
  const isObject = typeof (value as { readonly properties?: unknown }).properties === 'object';
  return isObject ? { additionalProperties: false, ...members } : members;
}
