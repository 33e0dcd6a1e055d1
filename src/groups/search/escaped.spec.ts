import fc from 'fast-check';

import { splitUnescaped, unescape } from './escaped';

describe('escapes in search values', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a\\,b', ['a\\,b']],
    ['a\\\\,b', ['a\\\\', 'b']],
    [',', ['', '']],
    ['', ['']],
    ['a\\', ['a\\']],
  ])('splits %j at commas that are not escaped', (text, parts) => {
    expect(splitUnescaped(text, ',')).toStrictEqual(parts);
  });

  it('gives back whatever was escaped', () => {
    const escape = (text: string): string => text.replace(/[\\,|$]/g, '\\$&');

    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (values) => {
        const text = values.map(escape).join(',');
        expect(splitUnescaped(text, ',').map(unescape)).toStrictEqual(values);
      }),
    );
  });
});
