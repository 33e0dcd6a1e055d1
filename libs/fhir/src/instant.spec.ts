import fc from 'fast-check';

import { formatMicroseconds, parseInstant } from './instant';

describe(parseInstant.name, () => {
  it.each<[string, string]>([
    ['2026-01-31T11:28:17Z', '2026-01-31T11:28:17.000000Z'],
    ['2026-01-31T13:28:17.239+02:00', '2026-01-31T11:28:17.239000Z'],
    ['2026-01-31T00:00:00.1234567-05:30', '2026-01-31T05:30:00.123456Z'],
    ['2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999999Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    ['2026-01-31T11:28:17+14:00', '2026-01-30T21:28:17.000000Z'],
  ])('reads %s', (text, expected) => {
    const instant = parseInstant(text);

    expect(instant === undefined ? undefined : formatMicroseconds(instant)).toBe(expected);
  });

  it.each([
    '2026-01-31',
    '2026-01-31T11:28Z',
    '2026-01-31T11:28:17',
    '2026-01-31 11:28:17Z',
    '2026-02-30T11:28:17Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T11:60:17Z',
    '2026-01-31T11:28:17+15:00',
    '2026-01-31T11:28:17z',
    '0000-01-01T00:00:00Z',
    '',
    "2026-01-31T11:28:17Z'; --",
  ])('refuses %s', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('agrees with the platform on every instant in UTC', () => {
    const dates = fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(dates, (date) => {
        expect(parseInstant(date.toISOString())).toBe(BigInt(date.getTime()) * 1000n);
      }),
    );
  });
});
