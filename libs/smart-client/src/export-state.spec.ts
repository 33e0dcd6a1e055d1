import { readRetryAfter } from './export-state';

describe(readRetryAfter, () => {
  const now = Date.parse('2026-01-31T12:00:00Z');

  it.each([
    ['seconds', '17', 17],
    ['a date', 'Sat, 31 Jan 2026 12:00:09 GMT', 9],
    ['a date that has passed', 'Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['nonsense', 'soon', 5],
    ['nothing', null, 5],
  ])('reads %s', (_what, value, seconds) => {
    expect(readRetryAfter(value, now)).toBe(seconds);
  });
});
