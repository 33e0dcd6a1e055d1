import { decimal, Fragment, jsonText, quote } from './json-text';

describe(jsonText, () => {
  it('reads back as what was given, members without a value left out', () => {
    const value = { name: 'Zoë', list: [1, true, { deep: 'a"b' }], none: undefined };

    expect(JSON.parse(jsonText(value))).toStrictEqual({
      name: 'Zoë',
      list: [1, true, { deep: 'a"b' }],
    });
  });

  it('keeps the zeros of decimals', () => {
    expect(jsonText({ value: decimal(1.1, 2), other: new Fragment('1e-3') })).toBe(
      '{"value":1.10,"other":1e-3}',
    );
  });
});

describe(quote, () => {
  it.each(['plain', 'a\nb', '"', '\\', '\u0001', '\u2028\u2029', '😊', '\ud800'])(
    'reads back as it was: %j',
    (text) => {
      expect(JSON.parse(quote(text))).toBe(text);
    },
  );

  it('leaves no character in which a reader of lines could see an end of line', () => {
    expect(quote('a\r\n\u2028\u2029\u0085b')).toBe('"a\\r\\n\\u2028\\u2029\u0085b"');
  });
});
