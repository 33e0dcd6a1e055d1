import fc, { type Arbitrary } from 'fast-check';

import { encode, oddId, oddText } from './odd';
import type { Asked } from './send';

const ROUTES = [
  ...['POST apps', 'GET apps', 'GET apps/{}', 'POST apps/{}/disable', 'POST apps/{}/enable'],
  ...[
    'PUT apps/{}/keys',
    'PUT apps/{}/licence',
    'PUT apps/{}/weight',
    'PUT apps/{}/limits',
    'POST groups',
    'GET groups',
  ],
  ...['POST groups/preview', 'GET groups/{}', 'PATCH groups/{}', 'DELETE groups/{}'],
  ...['GET exports', 'GET exports/{}', 'POST exports/{}/cancel', 'POST exports/{}/retry-failed'],
  ...['POST exports/{}/hold', 'POST exports/{}/release', 'POST exports/{}/expire'],
  ...['GET groups/{}/preview', 'PUT groups/{}/members', 'DELETE groups/{}/members', 'GET {}'],
];
const NAMES = [
  ...[
    'id',
    'name',
    'type',
    'jwks',
    'jwksUrl',
    'groups',
    'allGroups',
    'weight',
    'members',
    'criteria',
  ],
  ...[
    'patients',
    'description',
    'segment',
    'source',
    'active',
    '__proto__',
    'constructor',
    'scopes',
  ],
];

const value: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>('system', 'user', true, false, null, 0, 1.5, -1, 1e20, {}, [], [null]),
  fc.constantFrom<unknown>(
    ['G'],
    { keys: [] },
    { keys: [{ kty: 'EC' }] },
    'https://x',
    'http://10.0.0.1/',
  ),
  oddText,
  fc.array(oddText, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom(...NAMES), fc.oneof(oddText, fc.integer()), { maxKeys: 3 }),
);
const body: Arbitrary<string> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 5 })
      .map((pairs) => JSON.stringify(Object.fromEntries(pairs))),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '[]', 'null', '{', '"a"', '[{"id":1}]') },
);

/** What operators could do wrong, and what goes on at their address without a credential. */
export function adminFuzz(token: string): Arbitrary<Asked> {
  return fc
    .record({
      route: fc.constantFrom(...ROUTES),
      id: fc.oneof(oddId, fc.constantFrom('fuzz', 'client', 'FUZZ-1')),
      body,
      isOperator: fc.nat(9).map((dice) => dice > 0),
    })
    .map(({ route, id, body: text, isOperator }) => {
      const [method = '', path = ''] = route.split(' ');
      const where = encode(id, 'usual').replaceAll(/[/?#\\]/g, '_');
      return {
        method,
        path: `/admin/${path.replace('{}', () => where)}`,
        headers: {
          ...(isOperator && { Authorization: `Bearer ${token}` }),
          'Content-Type': 'application/json',
        },
        ...(method !== 'GET' && { body: text }),
      };
    });
}
