import { readInstant } from './instants';

describe('An instant of a source', () => {
  it.each([
    ['2026-12-01 01:02:03.123456+00', '2026-12-01T01:02:03.123Z'],
    ['2026-12-01 01:02:03+05:30', '2026-11-30T19:32:03.000Z'],
    ['2026-12-01T01:02:03.9-0300', '2026-12-01T04:02:03.900Z'],
    ['2026-12-01 01:02:03.999999', '2026-12-01T01:02:03.999Z'],
    ['2026-12-01T01:02:03Z', '2026-12-01T01:02:03.000Z'],
    [new Date(5), '1970-01-01T00:00:00.005Z'],
  ])('is read from %p, cut to milliseconds, in UTC unless it says otherwise', (value, read) => {
    expect(readInstant(value)?.toISOString()).toBe(read);
  });

  it.each(['infinity', '2026-13-01 00:00:00', '2026-12-01', '', undefined, null, new Date(NaN)])(
    'is none in %p',
    (value) => {
      expect(readInstant(value)).toBeUndefined();
    },
  );
});
