import fc, { type Arbitrary } from 'fast-check';

import { SECRET } from './well-formed-response';

/** Values that break what is built of strings. */
const TRAPS = [
  ...['', ' ', ',', '.', '*', '?', '%', '%00', '\u0000', '\u0001', '\ufffe', '\ufffd', '\ud800x'],
  ...["'", "''--", '"', '\\', '{}', '[]', '$1', '${x}', '<a>', '../..', '..%2f', 'a\r\nB: c'],
  ...['null', 'undefined', 'NaN', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['0', '-1', '1e999', '9'.repeat(40), 'é', '🙂', 'ﷺ', 'İ', '\u2028', '\u202e'],
  ...['a'.repeat(300), 'a,'.repeat(200), 'a'.repeat(9_000), '('.repeat(500), '|'.repeat(50)],
];

/** Anything that a client may put where a value belongs. */
export const oddText: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TRAPS) },
  { weight: 2, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);

/** Something where the id of a resource belongs; none of them exists. */
export const oddId: Arbitrary<string> = fc.oneof(
  fc.constantFrom('nobody', SECRET, 'a'.repeat(64), 'a'.repeat(65), 'A.b-1', crypto.randomUUID()),
  oddText,
);

/** Percent-encodes what must be, and now and then what need not be. */
export function encode(text: string, zeal: 'needed' | 'usual' | 'all'): string {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      const raw = zeal === 'all' ? false : zeal === 'usual' ? USUAL.test(char) : NEEDED.test(char);
      return raw ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

const USUAL = /[\w.~*()!'-]/;
const NEEDED = /[\w.~*()!'|:/?,+$;@=<>"{}[\]^`-]/;

/** Values of Accept, and whether an answer in JSON or XML is among what they admit. */
export const accept: Arbitrary<{ readonly header: string | undefined; readonly admits: boolean }> =
  fc
    .oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom(
          ...[undefined, '*/*', 'application/fhir+json', 'application/json', 'application/*;q=0.1'],
          ...['application/fhir+xml', 'text/html, */*;q=0.1', 'APPLICATION/FHIR+JSON', ''],
          'application/fhir+json; fhirVersion=4.0; charset="utf-8"',
        ),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('text/html', 'image/*', 'application/fhir+json;q=0'),
      },
    )
    .map((header) => ({
      header,
      admits: !['text/html', 'image/*', 'application/fhir+json;q=0'].includes(header ?? ''),
    }));

/** Headers that are valid HTTP and nothing else. */
export const oddHeader: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    ',',
    ';',
    '=',
    '"',
    '"a',
    'a;b=c;d="e',
    '*',
    'q=1',
    ',,,',
    'W/"',
    'x'.repeat(500),
  ),
  fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '~')),
);
