import fc from 'fast-check';

import { filterKey, isWithin } from './scope-filters';

describe('isWithin', () => {
  it.each([
    ['category=laboratory', 'category=laboratory'],
    ['category=laboratory&status=final', 'category=laboratory'],
    ['status=final&category=laboratory', 'category=laboratory&status=final'],
    ['category=http%3A%2F%2Fx%7Claboratory', 'category=http://x|laboratory'],
    ['code=a&code=b', 'code=b'],
  ])('is sure of %s within %s (SEC-04, SC-06)', (narrow, wide) => {
    expect(isWithin(narrow, wide)).toBe(true);
  });

  it.each([
    ['category=laboratory', 'category=vital-signs'],
    ['category=laboratory', 'category=laboratory&status=final'],
    ['category=laboratory,vital-signs', 'category=laboratory'],
    ['category:not=laboratory', 'category=laboratory'],
    ['category=laboratory', 'category:not=laboratory'],
    ['category=Laboratory', 'category=laboratory'],
    ['category=lab%C3', 'category=lab'],
  ])('is not sure of %s within %s (SEC-04)', (narrow, wide) => {
    expect(isWithin(narrow, wide)).toBe(false);
  });

  it('holds for searches of any criteria exactly when the wider has no criterion more (SEC-04)', () => {
    const criterion = fc.constantFrom('a=1', 'a=2', 'b=1', 'b:not=1', 'c=1,2', 'd=%7C');
    const search = fc.array(criterion, { minLength: 1, maxLength: 5 });

    fc.assert(
      fc.property(search, search, (narrow, wide) => {
        const more = wide.filter((one) => !narrow.includes(one));

        expect(isWithin(narrow.join('&'), wide.join('&'))).toBe(more.length === 0);
      }),
    );
  });
});

describe('filterKey', () => {
  it('minds neither order, repetition nor encoding, and every criterion (SC-13)', () => {
    expect(filterKey('a=1&b=%32')).toBe(filterKey('b=2&a=1&b=2'));
    expect(filterKey('a=1')).not.toBe(filterKey('a=1&b=2'));
  });
});
