import { METHODS } from 'node:http';

import fc, { type Arbitrary } from 'fast-check';

import { accept, encode, oddHeader, oddId, oddText } from './odd';
import type { Asked } from './send';

const segment = fc.tuple(oddId, fc.constantFrom('needed', 'usual', 'all')).map(([id, zeal]) =>
  // A slash, a question mark or a hash would make another path of it.
  encode(id, zeal).replaceAll(/[/?#\\]/g, '_'),
);

/** Everything that is served, with odd things where ids belong, and much that is not. */
const path: Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          ...[
            '/fhir/bulk-status/{}',
            '/fhir/bulk-files/{}/{}',
            '/fhir/Binary/{}',
            '/fhir/Group/{}',
          ],
          ...['/fhir/Group/{}/$export', '/fhir/metadata', '/fhir/.well-known/smart-configuration'],
          ...['/fhir/auth/jwks', '/fhir/Patient/{}', '/fhir/Patient/{}/$export', '/fhir/{}', '/{}'],
          ...[
            '/fhir/OperationDefinition/{}',
            '/fhir/auth/{}',
            '/fhir/Group/{}/_history/{}',
            '/fhir',
          ],
          ...['/fhir/', '/fhir//metadata', '/FHIR/metadata', '/fhir/metadata/', '/.well-known/{}'],
        ),
        segment,
        segment,
      )
      .map(([template, one, other]) =>
        template.replace('{}', () => one).replace('{}', () => other),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['/fhir/%', '/fhir/%E0%A4%A', '/fhir/..%2f..%2fetc', '/fhir/./metadata', '/%2e%2e/'],
      ...[
        '/fhir/Group/%2524export',
        '/fhir/%24metadata',
        `/${'a/'.repeat(500)}`,
        '//',
        '/fhir;a=b',
      ],
      ...['/fhir/bulk-files/x/%2e%2e%2fx', '/fhir/bulk-status/x/y', '/fhir/Group/x/%24export/y'],
    ),
  },
);

const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('?_format=xml', '?_format=json', '?_format=csv', '?', '?&&=&'),
  },
  {
    weight: 1,
    arbitrary: oddText.map((text) => `?${encode(text, 'usual')}=${encode(text, 'usual')}`),
  },
);

const body = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '{', '{}', '[]', 'a=b', '\u0000', '"', 'null', '1e999'),
  },
  { weight: 1, arbitrary: oddText },
);

/** Any method at any path, with headers of every kind. CONNECT is no request of this kind. */
export function pathFuzz(tokens: readonly string[]): Arbitrary<Asked> {
  return fc
    .record({
      method: fc.oneof(
        fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE'),
        fc.constantFrom(...METHODS.filter((method) => method !== 'CONNECT')),
      ),
      path,
      query,
      accept,
      other: fc.record(
        {
          Prefer: oddHeader,
          'Content-Type': fc.constantFrom(
            ...['application/json', 'application/fhir+json;charset=utf-16', 'multipart/form-data'],
            ...['application/x-www-form-urlencoded', 'application/json;charset=x', ';', 'a/b/c'],
          ),
          'Content-Encoding': fc.constantFrom('gzip', 'identity', 'br', 'x'),
          'If-None-Match': oddHeader,
          'X-Request-Id': oddHeader,
          'Idempotency-Key': oddHeader,
          Range: oddHeader,
        },
        { requiredKeys: [] },
      ),
      authorization: fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...tokens).map((token) => `Bearer ${token}`) },
        { weight: 1, arbitrary: oddHeader.map((text) => `Bearer ${text}`) },
        { weight: 1, arbitrary: oddHeader },
      ),
      body,
    })
    .map(({ other, accept: { header }, authorization, ...asked }) => ({
      method: asked.method,
      path: `${asked.path}${asked.query}`,
      headers: {
        Authorization: authorization,
        ...other,
        ...(header !== undefined && { Accept: header }),
      },
      ...(asked.body !== undefined && { body: asked.body }),
    }));
}
