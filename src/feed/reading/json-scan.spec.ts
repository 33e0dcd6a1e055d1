import fc from 'fast-check';

import { decodeString, isNamed, readElements, readMembers } from './json-scan';

const indent = fc.constantFrom('', ' ', '\t', '\n  ');

describe('readMembers', () => {
  it('finds every member of an object where JSON.parse sees it', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indent, (object, space) => {
        const text = Buffer.from(JSON.stringify(object, null, space));

        const found = readMembers(text, 0).map(({ key, value }) => [
          decodeString(text, key),
          JSON.parse(text.toString('utf8', value.start, value.end)) as unknown,
        ]);

        expect(JSON.stringify(found)).toBe(JSON.stringify(Object.entries(object)));
      }),
    );
  });

  it('tells the commas on both sides', () => {
    const text = Buffer.from('{"a" : 1 , "b":[2,{"c":3}] ,"d":"x,y"}');

    const commas = readMembers(text, 0).map(({ commaBefore, commaAfter }) => [
      commaBefore,
      commaAfter,
    ]);

    expect(commas).toStrictEqual([
      [-1, 9],
      [9, 27],
      [27, -1],
    ]);
  });

  it.each(['{', '{"a', '{"a":', '{"a":"\\', '{"a":[{', '{"a":1,', '{]', '{"a"}'])(
    'ends on text that is cut off: %s',
    (text) => {
      expect(readMembers(Buffer.from(text), 0).length).toBeLessThan(2);
    },
  );
});

describe('isNamed', () => {
  it.each([
    ['{"meta":1}', true],
    ['{"m\\u0065ta":1}', true],
    ['{"metb":1}', false],
    ['{"metadata":1}', false],
    ['{"":1}', false],
  ])('compares the decoded key of %s', (json, expected) => {
    const text = Buffer.from(json);
    const [member] = readMembers(text, 0);

    expect(member && isNamed(text, member, 'meta')).toBe(expected);
  });
});

describe('readElements', () => {
  it('finds every element of an array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), indent, (array, space) => {
        const text = Buffer.from(JSON.stringify(array, null, space));

        const found = readElements(text, 0).map(
          ({ start, end }) => JSON.parse(text.toString('utf8', start, end)) as unknown,
        );

        expect(JSON.stringify(found)).toBe(JSON.stringify(array));
      }),
    );
  });
});
