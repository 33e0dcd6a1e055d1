import fc from 'fast-check';

import { retryAfter } from './retry-after';

describe(retryAfter.name, () => {
  it('is always a whole number from 1 to the maximum (ST-04, ST-18)', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        fc.integer({ min: 0, max: 99 }),
        fc.integer({ min: 1, max: 3600 }),
        (age, progress, max) => {
          const seconds = retryAfter(age, progress, max);

          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(max);
        },
      ),
    );
  });

  it.each([
    ['a young job is asked for again soon', 0.2, 0, 1],
    ['half done after ten seconds: ten more', 10, 50, 10],
    ['nearly done: at once', 100, 99, 2],
    ['hours to go: the maximum', 600, 1, 60],
  ])('%s', (_case, age, progress, expected) => {
    expect(retryAfter(age, progress, 60)).toBe(expected);
  });
});
