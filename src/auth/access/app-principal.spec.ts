import { OFFERED_BY_DEFAULT } from '@app/fhir';

import type { Licence } from '../apps/app';
import { parseGranted } from '../scopes';
import { type AppPrincipal, covers, exportableTypes, mayWrite } from './app-principal';
import { requireFeed } from './require-feed';

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

const writer = (
  scope: string,
  licence: Partial<Licence> = {},
): Pick<AppPrincipal, 'scopes' | 'licence'> => ({
  scopes: parseGranted(scope, { types: OFFERED_BY_DEFAULT }),
  licence: {
    allGroups: true,
    groups: [],
    resourceTypes: undefined,
    writes: { allFeeds: false, feeds: ['main-ehr'], fhirWrites: true },
    ...licence,
  },
});

describe('mayWrite', () => {
  it('takes a letter of the type or of all types (SC-06)', () => {
    expect(mayWrite(writer('system/Goal.c system/*.u'), 'Goal', 'c')).toBe(true);
    expect(mayWrite(writer('system/Goal.c system/*.u'), 'Goal', 'u')).toBe(true);
  });

  it.each([
    ['another letter', writer('system/Goal.cu')],
    ['another type', writer('system/Patient.cud')],
    ['reading', writer('system/*.rs')],
    ['no licence to write', writer('system/*.cud', { writes: undefined })],
    [
      'a licence for feeds alone',
      writer('system/*.cud', { writes: { allFeeds: true, feeds: [], fhirWrites: false } }),
    ],
    ['a licence for other types', writer('system/*.cud', { resourceTypes: ['Patient'] })],
  ])('is false with %s (SC-05)', (_, app) => {
    expect(mayWrite(app, 'Goal', 'd')).toBe(false);
  });
});

describe('requireFeed', () => {
  it.each(['system/*.cud', 'system/*.write', 'system/*.*'])('lets %s of the feed in', (scope) => {
    expect(() => {
      requireFeed(writer(scope), 'main-ehr');
    }).not.toThrow();
  });

  it.each([
    ['another feed', writer('system/*.cud'), 'other', 'not licensed to write to this feed'],
    [
      'a licence that ended',
      writer('system/*.cud', { writes: undefined }),
      'main-ehr',
      'not licensed to write to this feed',
    ],
    ['a scope for some letters', writer('system/*.cu'), 'main-ehr', 'Ask for a token'],
    ['scopes for single types', writer('system/Patient.cud'), 'main-ehr', 'Ask for a token'],
    ['a scope to read', writer('system/*.rs'), 'main-ehr', 'Ask for a token'],
  ])('refuses %s (SC-05)', (_, app, feed, words) => {
    expect(() => {
      requireFeed(app, feed);
    }).toThrow(words);
  });
});
