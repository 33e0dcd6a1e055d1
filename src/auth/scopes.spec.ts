import { OFFERED_BY_DEFAULT as types, type ResourceType } from '@app/fhir';

import type { Licence } from './apps/app';
import { isEvaluated, type QueryCheck } from './scope-query';
import {
  allowance,
  describeScopes,
  formatScopes,
  grantScopes,
  licensedScopes,
  parseGranted,
  supportedScopes,
} from './scopes';

const TERMS = { types };
const EVERYTHING: Licence = { allGroups: true, groups: [], resourceTypes: undefined };
const ONLY_PATIENTS: Licence = { ...EVERYTHING, resourceTypes: ['Patient'] };

const WRITER: Licence = {
  ...EVERYTHING,
  writes: { allFeeds: false, feeds: [], fhirWrites: true },
};
const FEEDER: Licence = {
  ...EVERYTHING,
  writes: { allFeeds: false, feeds: ['main-ehr'], fhirWrites: false },
};

const granted = (requested: string, licence = EVERYTHING): string =>
  formatScopes(grantScopes(requested, licence, TERMS));

const allowedTypesOf = (
  scopes: Parameters<typeof allowance>[0],
  licence: Licence,
): ReadonlySet<ResourceType> => allowance(scopes, licence, TERMS).allowedTypes;

describe('grantScopes', () => {
  it.each([
    ['system/*.read', 'system/*.read'],
    ['system/Patient.read', 'system/Patient.read'],
    ['system/*.*', 'system/*.read'],
    ['system/Patient.*', 'system/Patient.read'],
    ['system/*.rs', 'system/*.rs'],
    ['system/Patient.rs', 'system/Patient.rs'],
    ['system/Patient.cruds', 'system/Patient.rs'],
    ['system/Patient.crs', 'system/Patient.rs'],
    ['system/Patient.rds', 'system/Patient.rs'],
    ['system/*.rs system/*.rs system/*.cruds', 'system/*.rs'],
    ['  system/Patient.rs \t system/Group.rs ', 'system/Patient.rs system/Group.rs'],
  ])(
    'grants the reading part of "%s", in its syntax: "%s" (SC-01, SC-02, SC-03)',
    (asked, given) => {
      expect(granted(asked)).toBe(given);
    },
  );

  it.each([
    ['another context', 'patient/Patient.rs'],
    ['another context', 'user/*.rs'],
    ['an identity scope', 'openid'],
    ['an identity scope', 'offline_access'],
    ['a type that cannot be exported', 'system/Claim.rs'],
    ['a type in the wrong case', 'system/patient.rs'],
    ['reading without searching', 'system/Patient.r'],
    ['searching without reading', 'system/Patient.s'],
    ['writing', 'system/Patient.cud'],
    ['letters out of order', 'system/Patient.sr'],
    ['letters twice', 'system/Patient.rss'],
    ['no letters', 'system/Patient.'],
    ['unknown letters', 'system/Patient.rsx'],
    ['a query that cannot be evaluated', 'system/Observation.rs?no-such=laboratory'],
    ['an empty query', 'system/Observation.rs?'],
    ['a doubled context', 'system/system/Patient.rs'],
  ])('drops %s and grants the rest: %s (SC-04, SC-12, SC-13)', (_, dropped) => {
    expect(granted(`${dropped} system/Encounter.rs`)).toBe('system/Encounter.rs');
  });

  it.each([
    '',
    ' ',
    'openid',
    'system/Patient.write',
    'system/*.write',
    'system/Patient.cud',
    'system/Claim.rs',
    'patient/*.read',
    'system/Observation.rs?no-such=laboratory',
    'launch/patient profile',
  ])('refuses "%s", of which nothing can be granted (§26)', (asked) => {
    expect(() => grantScopes(asked, EVERYTHING, TERMS)).toThrow('No scope can be granted');
  });

  it.each([
    'system/Patient.read system/Group.rs',
    'system/*.rs system/*.read',
    'system/*.* system/Patient.rs?_tag=x',
  ])('refuses "%s", which mixes SMART v1 and v2, as the vendor does', (asked) => {
    expect(() => grantScopes(asked, EVERYTHING, TERMS)).toThrow('must not be mixed');
  });

  it('drops single types that the licence does not cover (TK-04)', () => {
    expect(granted('system/Patient.rs system/Observation.rs', ONLY_PATIENTS)).toBe(
      'system/Patient.rs',
    );
  });

  it('keeps the wildcard for a licence that names types (SC-05)', () => {
    expect(granted('system/*.read', ONLY_PATIENTS)).toBe('system/*.read');
  });

  it('recommends no type that the licence leaves out (SC-05)', () => {
    const licence = { allGroups: true, groups: [], resourceTypes: ['Goal'] as const };

    expect(() => grantScopes('openid', licence, TERMS)).toThrow('such as system/Goal.rs.');
  });

  it('says that the licence is the reason when nothing else is (TK-04)', () => {
    expect(() => grantScopes('system/Observation.rs', ONLY_PATIENTS, TERMS)).toThrow(
      'It covers Patient.',
    );
  });
});

describe('allowance', () => {
  it.each(types)('allows %s alone for its own scope (SC-05)', (type) => {
    const scopes = parseGranted(`system/${type}.rs`, TERMS);

    expect([...allowedTypesOf(scopes, EVERYTHING)]).toStrictEqual([type]);
  });

  it('allows all types that are offered for the wildcard', () => {
    expect([...allowedTypesOf(parseGranted('system/*.read', TERMS), EVERYTHING)]).toStrictEqual([
      ...types,
    ]);
  });

  it('allows what the wildcard and the licence both cover (SC-05)', () => {
    expect([...allowedTypesOf(parseGranted('system/*.rs', TERMS), ONLY_PATIENTS)]).toStrictEqual([
      'Patient',
    ]);
  });

  it('allows the union of several scopes (SC-06)', () => {
    const scopes = parseGranted('system/Patient.read system/Goal.read', TERMS);

    expect([...allowedTypesOf(scopes, EVERYTHING)].sort()).toStrictEqual(['Goal', 'Patient']);
  });

  it('allows nothing without scopes', () => {
    expect(allowedTypesOf([], EVERYTHING).size).toBe(0);
  });
});

describe('Scopes to write', () => {
  it.each([
    ['system/*.cud', 'system/*.cud'],
    ['system/*.write', 'system/*.write'],
    ['system/*.*', 'system/*.*'],
    ['system/*.cruds', 'system/*.cruds'],
    ['system/Patient.write', 'system/Patient.write'],
    ['system/Patient.c', 'system/Patient.c'],
    ['system/Patient.ud', 'system/Patient.ud'],
    ['system/Patient.crus', 'system/Patient.crus'],
    // Reading without searching is dropped here as well.
    ['system/Patient.cru', 'system/Patient.cu'],
    ['system/Patient.rs system/Patient.u', 'system/Patient.rs system/Patient.u'],
  ])('are granted to apps that are licensed to write: %s as %s (SC-01, SC-03)', (asked, given) => {
    expect(granted(asked, WRITER)).toBe(given);
  });

  it.each([
    ['letters out of order', 'system/Patient.dc'],
    ['another context', 'user/Patient.cud'],
    ['a type that is not ours', 'system/Claim.cud'],
    ['a search, which says nothing of what is new', 'system/Patient.cud?_tag=x'],
  ])('are dropped for %s (SC-04, SC-12)', (_, asked) => {
    expect(granted(`${asked} system/Goal.rs`, WRITER)).toBe('system/Goal.rs');
  });

  it('lose their writing part to a search (SC-02)', () => {
    expect(granted('system/Patient.cruds?_tag=x', WRITER)).toBe('system/Patient.rs?_tag=x');
  });

  it.each(['system/*.cud', 'system/Patient.write', 'system/*.u'])(
    'are refused to apps that are not licensed to write, saying so: %s (TK-04)',
    (asked) => {
      expect(() => grantScopes(asked, EVERYTHING, TERMS)).toThrow(
        'The app is not licensed to write',
      );
    },
  );

  it('are limited to the types of the licence (SC-05)', () => {
    const licence = { ...WRITER, resourceTypes: ['Patient'] as const };

    expect(granted('system/Patient.u system/Goal.u', licence)).toBe('system/Patient.u');
  });

  it.each([
    ['system/*.cud', 'system/*.cud'],
    ['system/*.cruds', 'system/*.cruds'],
    ['system/*.crus', 'system/*.rs'],
    ['system/Patient.cruds', 'system/Patient.rs'],
  ])('of an app that may only write feeds are for whole batches: %s as %s', (asked, given) => {
    expect(granted(asked, FEEDER)).toBe(given);
  });

  it('of single types are refused to an app that may only write feeds, saying so (TK-04)', () => {
    expect(() => grantScopes('system/Patient.cud', FEEDER, TERMS)).toThrow('ask for system/*.cud');
  });

  it.each(['system/*.cud', 'system/*.write'])('let nothing be read: %s (SC-05)', (scope) => {
    expect(allowedTypesOf(parseGranted(scope, TERMS), WRITER).size).toBe(0);
  });

  it('end with the licence to write, while what reads stays (SC-05)', () => {
    const scopes = parseGranted('system/*.cruds system/Patient.cud', TERMS);

    expect(formatScopes(licensedScopes(scopes, EVERYTHING))).toBe('system/*.rs');
  });
});

describe('supportedScopes', () => {
  it.each(supportedScopes(types, true))(
    'advertises %s, and would grant it unchanged (SM-06)',
    (scope) => {
      expect(granted(scope, WRITER)).toBe(scope);
    },
  );

  it('advertises no writing of single types where there is none (SM-06)', () => {
    const written = supportedScopes(types).filter((scope) => /\.(cud|write)$/.test(scope));

    expect(written).toStrictEqual(['system/*.cud', 'system/*.write']);
  });
});

describe('isEvaluated', () => {
  it.each([
    ['Observation', 'category=http://x|laboratory', true],
    ['Patient', '_tag=x&gender=female', true],
    ['Observation', 'category', false],
    ['Observation', 'patient.name=x', false],
    ['Observation', '_count=1', false],
    ['Observation', '', false],
    ['Group', '_tag=x', false],
    ['Binary', '_tag=x', false],
  ] as const)('of %s, ?%s is %s (SC-02, SC-07)', (type, query, expected) => {
    expect(isEvaluated(type, query)).toBe(expected);
  });
});

describe('scopes with a query', () => {
  const LAB = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory';
  /** As if these searches could be evaluated, and no others. */
  const isQuery: QueryCheck = (type, query) => {
    const names = new URLSearchParams(query).keys();
    const known: readonly string[] = type === 'Observation' ? ['category', 'status'] : ['_tag'];
    return type !== 'Group' && query !== '' && [...names].every((name) => known.includes(name));
  };
  const grantedOf = (requested: string, licence = EVERYTHING): string =>
    formatScopes(grantScopes(requested, licence, { types, isQuery }));
  const allowanceOf = (scope: string, licence = EVERYTHING): ReturnType<typeof allowance> =>
    allowance(parseGranted(scope, { types, isQuery }), licence, { types, isQuery });

  it.each([
    [`system/Observation.rs?${LAB}`, `system/Observation.rs?${LAB}`],
    [`system/Observation.cruds?${LAB}`, `system/Observation.rs?${LAB}`],
    [
      'system/Observation.rs?category=a&status=final',
      'system/Observation.rs?category=a&status=final',
    ],
    [
      'system/Observation.rs?category=a system/Observation.rs?category=a',
      'system/Observation.rs?category=a',
    ],
    [
      'system/Observation.rs?category=a&status=b system/Observation.rs?status=b&category=a',
      'system/Observation.rs?category=a&status=b',
    ],
    [
      'system/Observation.rs?category=a system/Observation.rs?category=b',
      'system/Observation.rs?category=a system/Observation.rs?category=b',
    ],
    ['system/*.rs?_tag=x', 'system/*.rs?_tag=x'],
  ])('are granted as asked when they can be evaluated: %s (SC-02, SC-03)', (asked, given) => {
    expect(grantedOf(asked)).toBe(given);
  });

  it.each([
    ['an unknown parameter', 'system/Observation.rs?unknown=x'],
    ['a parameter of another type', 'system/Goal.rs?category=x'],
    ['a query of a type that is not searched', 'system/Group.rs?_tag=x'],
    ['an empty query', 'system/Observation.rs?'],
    ['a query that no type has', 'system/*.rs?unknown=x'],
    ['a query in the syntax of v1', 'system/Observation.read?category=x'],
    ['a query of a part of reading', 'system/Observation.r?category=x'],
    ['a query of another context', 'patient/Observation.rs?category=x'],
    ['characters that no scope has', 'system/Observation.rs?category="x"'],
  ])('are dropped, and never widened: %s (SC-04, SC-07)', (_, asked) => {
    const other = asked.includes('.read?') ? 'system/Encounter.read' : 'system/Encounter.rs';

    expect(grantedOf(`${asked} ${other}`)).toBe(other);
    expect(() => grantScopes(asked, EVERYTHING, { types, isQuery })).toThrow(
      'No scope can be granted',
    );
  });

  it('allow of a type what passes one of them (SC-06)', () => {
    const both = 'system/Observation.rs?category=a system/Observation.rs?category=b system/Goal.rs';

    expect(allowanceOf(both)).toStrictEqual({
      allowedTypes: new Set(['Goal']),
      scopeFilters: { Observation: ['category=a', 'category=b'] },
    });
  });

  it.each(['system/Observation.rs', 'system/*.rs'])(
    'yield to %s, which has none (SC-06)',
    (wide) => {
      const { allowedTypes, scopeFilters } = allowanceOf(
        `system/Observation.rs?category=a ${wide}`,
      );

      expect(allowedTypes.has('Observation')).toBe(true);
      expect(scopeFilters).toStrictEqual({});
    },
  );

  it('of all types count for those that can be asked so, and cover no other (SC-05, SC-06)', () => {
    const { allowedTypes, scopeFilters } = allowanceOf('system/*.rs?_tag=x');

    expect(allowedTypes.size).toBe(0);
    expect(scopeFilters).not.toHaveProperty('Observation');
    expect(scopeFilters).not.toHaveProperty('Group');
    expect(scopeFilters.Patient).toStrictEqual(['_tag=x']);
  });

  it('are no way around the licence (SC-05)', () => {
    expect(() =>
      grantScopes('system/Observation.rs?category=a', ONLY_PATIENTS, { types, isQuery }),
    ).toThrow('It covers Patient.');
    expect(allowanceOf('system/*.rs?_tag=x', ONLY_PATIENTS).scopeFilters).toStrictEqual({
      Patient: ['_tag=x'],
    });
  });

  it('are recorded without their values, which may name a patient', () => {
    const scopes = parseGranted(
      'system/Observation.rs?category=a&status=Patient/1 system/Goal.rs',
      { types, isQuery },
    );

    expect(describeScopes(scopes)).toBe('system/Observation.rs?category&status system/Goal.rs');
  });

  it('are refused when they would make a token too long for a header (SC-13)', () => {
    const scopes = Array.from({ length: 200 }, (_, n) => `system/Observation.rs?category=${n}`);

    expect(() => grantScopes(scopes.join(' '), EVERYTHING, { types, isQuery })).toThrow(
      'more than 4096',
    );
  });
});
