import { parseStrictObject } from './strict-json';

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
