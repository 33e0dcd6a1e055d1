import { faultOfNames, parseStrictObject } from './strict-json';

describe('parseStrictObject', () => {
  it.each([
    '{}',
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}',
    '{"a":"a\\":1,","b":"{\\"b\\":1}"}',
    ' { "a" : "x:y" , "b" : null } ',
  ])('reads %s like JSON.parse (JW-16)', (text) => {
    expect(parseStrictObject(text)).toStrictEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":[],"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"b":{"a":1,"a":2}}',
    '{"b":[{"a":1,"a":2}]}',
  ])('refuses %s, which has a name twice (JW-07, JW-16)', (text) => {
    expect(() => parseStrictObject(text)).toThrow('twice');
  });

  it.each(['[]', 'null', '"a"', '1', '{', ''])('refuses %s, which is no object (JW-16)', (text) => {
    expect(() => parseStrictObject(text)).toThrow(SyntaxError);
  });
});

describe('faultOfNames', () => {
  it('looks at text of any depth, and finds a name twice behind it', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

    expect(faultOfNames(`{"a":${deep},"b":1}`, 2)).toBeUndefined();
    expect(faultOfNames(`{"a":${deep},"a":1}`, 2)).toBe('repeated');
    expect(faultOfNames(`{"a":${deep},"b":1,"c":1}`, 2)).toBe('too many');
  });

  it.each(['{', '"', '{"a"', '{"a":1,,}', '\uFEFF{"a":1}', '{"a":"\\uZZZZ"}', 'a', '// b', '/* c'])(
    'comes to an end for %j, whether that is JSON or not',
    (text) => {
      expect(faultOfNames(text, 2)).toBeUndefined();
    },
  );
});
