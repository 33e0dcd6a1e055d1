import fc, { type Arbitrary } from 'fast-check';

import { encode, oddText } from './odd';
import type { Asked } from './send';

const NAMES = [
  ...['_id', 'identifier', 'name', 'type', 'characteristic', 'characteristic-value', 'member'],
  ...['_include', '_count', '_cursor', '_page', '_sort', '_summary', '_total', '_format', 'nosuch'],
];
const MODIFIERS = [
  '',
  '',
  '',
  '',
  ':exact',
  ':contains',
  ':missing',
  ':not',
  ':Patient',
  ':',
  ':in',
];
const VALUES = [
  ...['G', 'G,OTHER', 'person', 'urn:x|y', '|', 'a|b|c', 'a$b', '$', 'Patient/in', 'Group:member'],
  ...['0', '1', '-1', '1000000', 'true', 'false', '\\', '\\,', 'in', 'http://x/Patient/in|1'],
];

const pair = fc
  .tuple(
    fc.constantFrom(...NAMES),
    fc.constantFrom(...MODIFIERS),
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...VALUES) },
      { weight: 1, arbitrary: oddText },
    ),
    fc.constantFrom('needed', 'usual', 'all'),
  )
  .map(
    ([name, modifier, value, zeal]) =>
      `${name}${modifier}=${encode(value, zeal).replaceAll('+', '%2B')}`,
  );

/** Searches of Group, in the query and in a form. */
export function searchFuzz(token: string): Arbitrary<Asked> {
  return fc
    .record({ pairs: fc.array(pair, { maxLength: 4 }), byPost: fc.boolean() })
    .map(({ pairs, byPost }) => {
      const text = pairs.join('&');
      const headers = { Authorization: `Bearer ${token}` };
      if (!byPost) return { method: 'GET', path: `/fhir/Group?${text}`, headers };
      const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' };
      return { method: 'POST', path: '/fhir/Group/_search', headers: form, body: text };
    });
}
