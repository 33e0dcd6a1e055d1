import fc from 'fast-check';

import { parsePreferences } from './preferences';

describe(parsePreferences.name, () => {
  it.each<[string | undefined, Readonly<Record<string, string>>]>([
    [undefined, {}],
    ['', {}],
    ['respond-async', { 'respond-async': '' }],
    ['respond-async, handling=lenient', { 'respond-async': '', handling: 'lenient' }],
    ['respond-async,separate-export-status', { 'respond-async': '', 'separate-export-status': '' }],
    ['Respond-Async , HANDLING = lenient', { 'respond-async': '', handling: 'lenient' }],
    ['handling="lenient"', { handling: 'lenient' }],
    ['handling=lenient; x=1; y', { handling: 'lenient' }],
    ['respond-async; wait=10, handling=lenient', { 'respond-async': '', handling: 'lenient' }],
    ['handling=strict, handling=lenient', { handling: 'strict' }],
    ['foo="a, handling=lenient"', { foo: 'a, handling=lenient' }],
    ['foo="a\\"b", bar', { foo: 'a"b', bar: '' }],
    ['foo=""', { foo: '' }],
    [',, ;=, respond-async', { 'respond-async': '' }],
  ])('reads %p (HD-06, HD-08)', (header, expected) => {
    expect(Object.fromEntries(parsePreferences(header))).toStrictEqual(expected);
  });

  it('reads anything without failing, and finds nothing within quotes (HD-08)', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = `a="${text.replaceAll(/["\\]/g, '')}", handling=lenient`;

        expect(() => parsePreferences(text)).not.toThrow();
        expect([...parsePreferences(quoted).keys()]).toStrictEqual(['a', 'handling']);
      }),
    );
  });
});
