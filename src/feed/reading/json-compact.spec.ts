import fc from 'fast-check';

import { compactJson } from './json-compact';

describe('compactJson', () => {
  it('removes what JSON.stringify would not have written, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('  ', '\t', '\r\n '), (value, indent) => {
        const pretty = JSON.stringify(value, null, indent).replaceAll('\n', '\r\n');

        expect(compactJson(Buffer.from(pretty)).toString()).toBe(JSON.stringify(value));
      }),
    );
  });

  it('keeps the spelling of numbers, escapes and white space in strings', () => {
    const text = '{ "a" : 1.10 , "b" : [ 1e2 , -0.0 ] , "c" : "x  \\u00e9 \\" y" }';

    expect(compactJson(Buffer.from(text)).toString()).toBe(
      '{"a":1.10,"b":[1e2,-0.0],"c":"x  \\u00e9 \\" y"}',
    );
  });
});
