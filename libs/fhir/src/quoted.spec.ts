import { quoted, shown } from './quoted';

describe('what a client wrote', () => {
  it.each(['status', 'Status', 'STATUS:not', 'a b', 'größe', '%41', 'a"b', '<b>', '😀', ''])(
    'is shown as it is: %s',
    (text) => {
      expect(quoted(text)).toBe(`"${text}"`);
    },
  );

  it.each([
    ['a\0b\u001b[31m', 'a\\u0000b\\u001b[31m'],
    ['a\r\nb\tc', 'a\\u000d\\u000ab\\u0009c'],
    ['a\u202eb\u2028\u200b\uFEFF', 'a\\u202eb\\u2028\\u200b\\ufeff'],
    ['\ud800x\uffff', '\\ud800x\\uffff'],
    ['\u{e0001}', '\\u{e0001}'],
  ])('is shown with escapes for what cannot be seen: %j', (text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  it('is cut after 64 characters, and never within one', () => {
    expect(shown('x'.repeat(64))).toBe('x'.repeat(64));
    expect(shown('x'.repeat(65))).toBe(`${'x'.repeat(64)}…`);
    expect(shown('😀'.repeat(100))).toBe(`${'😀'.repeat(64)}…`);
    expect(shown('\0'.repeat(10_000_000))).toBe(`${'\\u0000'.repeat(64)}…`);
  });
});
