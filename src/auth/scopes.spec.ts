import { RESOURCE_TYPES } from '@app/fhir';

import type { Licence } from './apps/app';
import { allowedTypes, formatScopes, grantScopes, parseGranted, supportedScopes } from './scopes';

const EVERYTHING: Licence = { allGroups: true, groups: [], resourceTypes: undefined };
const ONLY_PATIENTS: Licence = { ...EVERYTHING, resourceTypes: ['Patient'] };

const granted = (requested: string, licence = EVERYTHING): string =>
  formatScopes(grantScopes(requested, licence));

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
    ['a query, which would restrict rows', 'system/Observation.rs?category=laboratory'],
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
    'system/Observation.rs?category=laboratory',
    'launch/patient profile',
  ])('refuses "%s", of which nothing can be granted (§26)', (asked) => {
    expect(() => grantScopes(asked, EVERYTHING)).toThrow('No scope can be granted');
  });

  it.each([
    'system/Patient.read system/Group.rs',
    'system/*.rs system/*.read',
    'system/*.* system/Patient.rs?_tag=x',
  ])('refuses "%s", which mixes SMART v1 and v2, as the vendor does', (asked) => {
    expect(() => grantScopes(asked, EVERYTHING)).toThrow('must not be mixed');
  });

  it('drops single types that the licence does not cover (TK-04)', () => {
    expect(granted('system/Patient.rs system/Observation.rs', ONLY_PATIENTS)).toBe(
      'system/Patient.rs',
    );
  });

  it('keeps the wildcard for a licence that names types (SC-05)', () => {
    expect(granted('system/*.read', ONLY_PATIENTS)).toBe('system/*.read');
  });

  it('says that the licence is the reason when nothing else is (TK-04)', () => {
    expect(() => grantScopes('system/Observation.rs', ONLY_PATIENTS)).toThrow('not licensed');
  });
});

describe('allowedTypes', () => {
  it.each(RESOURCE_TYPES)('allows %s alone for its own scope (SC-05)', (type) => {
    const scopes = parseGranted(`system/${type}.rs`);

    expect([...allowedTypes(scopes, EVERYTHING)]).toStrictEqual([type]);
  });

  it('allows all 25 types for the wildcard', () => {
    expect([...allowedTypes(parseGranted('system/*.read'), EVERYTHING)]).toStrictEqual([
      ...RESOURCE_TYPES,
    ]);
  });

  it('allows what the wildcard and the licence both cover (SC-05)', () => {
    expect([...allowedTypes(parseGranted('system/*.rs'), ONLY_PATIENTS)]).toStrictEqual([
      'Patient',
    ]);
  });

  it('allows the union of several scopes (SC-06)', () => {
    const scopes = parseGranted('system/Patient.read system/Goal.read');

    expect([...allowedTypes(scopes, EVERYTHING)].sort()).toStrictEqual(['Goal', 'Patient']);
  });

  it('allows nothing without scopes', () => {
    expect(allowedTypes([], EVERYTHING).size).toBe(0);
  });
});

describe('supportedScopes', () => {
  it.each(supportedScopes())('advertises %s, and would grant it unchanged (SM-06)', (scope) => {
    expect(granted(scope)).toBe(scope);
  });
});
