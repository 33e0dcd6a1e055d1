import { covers, exportableTypes } from './app-principal';

const TOKEN = {
  allowedTypes: new Set(['Patient'] as const),
  scopeFilters: { Observation: ['category=laboratory', 'status=final'] },
};

describe('covers', () => {
  it.each([
    ['all of a type without a filter', 'Patient', undefined],
    ['some of a type without a filter', 'Patient', ['gender=female']],
    ['what the token’s own filter lets through', 'Observation', ['category=laboratory']],
    ['less than that', 'Observation', ['category=laboratory&code=a']],
    [
      'what several of its filters let through',
      'Observation',
      ['status=final', 'category=laboratory'],
    ],
  ] as const)('is true for %s (SEC-04)', (_, type, filters) => {
    expect(covers(TOKEN, type, filters)).toBe(true);
  });

  it.each([
    ['all of a type of which the token has some', 'Observation', undefined],
    ['other rows of it', 'Observation', ['category=vital-signs']],
    ['more rows of it', 'Observation', ['category=laboratory', 'category=vital-signs']],
    ['a type that it has nothing of', 'Goal', undefined],
    ['some of a type that it has nothing of', 'Goal', ['_tag=x']],
  ] as const)('is false for %s (SEC-04)', (_, type, filters) => {
    expect(covers(TOKEN, type, filters)).toBe(false);
  });
});

describe('exportableTypes', () => {
  it('are those with and without filters (SC-11)', () => {
    expect([...exportableTypes(TOKEN)].sort()).toStrictEqual(['Observation', 'Patient']);
  });
});
