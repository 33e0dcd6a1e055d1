import { OFFERED_BY_DEFAULT } from '@app/fhir';
import { generateEcKeys } from '@app/keys';

import { InvalidAppError } from './apps.errors';
import { checkRegistration, type Registration } from './registration';

const JWKS = { keys: [{ ...generateEcKeys().publicJwk, kid: 'k1' }] };
const TERMS = { allowPrivateAddresses: false, offered: OFFERED_BY_DEFAULT };
const SYSTEM: Registration = { name: 'Registry', type: 'system', jwks: JWKS, groups: ['INF-101'] };

function faultsOf(registration: Registration): readonly string[] {
  try {
    checkRegistration(registration, TERMS);
    return [];
  } catch (error) {
    if (error instanceof InvalidAppError) return error.faults;
    throw error;
  }
}

describe('checkRegistration', () => {
  it('accepts a System app with an inline JWKS (RG-02)', () => {
    expect(checkRegistration(SYSTEM, TERMS)).toMatchObject({
      type: 'system',
      keys: { kind: 'inline' },
      licence: { allGroups: false, groups: ['INF-101'], resourceTypes: undefined },
    });
  });

  it('accepts a System app with a JWKS URL (RG-02)', () => {
    const jwksUrl = 'https://app.example.org/jwks.json?v=1';

    const { keys } = checkRegistration({ ...SYSTEM, jwks: undefined, jwksUrl }, TERMS);

    expect(keys).toStrictEqual({ kind: 'url', url: jwksUrl });
  });

  it('accepts a System app that may only write, and no group', () => {
    const sender = { ...SYSTEM, groups: [], feeds: ['main-ehr'] };

    expect(checkRegistration(sender, TERMS).licence).toMatchObject({
      groups: [],
      writes: { allFeeds: false, feeds: ['main-ehr'], fhirWrites: false },
    });
  });

  it('licenses nothing to be written unless it is said', () => {
    expect(checkRegistration(SYSTEM, TERMS).licence.writes).toBeUndefined();
  });

  it.each(['patient', 'user'])('accepts a %s app without keys', (type) => {
    expect(faultsOf({ name: 'Portal', type })).toStrictEqual([]);
  });

  it.each([
    ['no keys', { jwks: undefined }, 'needs a JWKS or a JWKS URL'],
    ['two sources of keys', { jwksUrl: 'https://app.example.org/jwks' }, 'not both'],
    ['no licence', { groups: [] }, 'ids of the groups'],
    ['groups and all groups', { allGroups: true }, 'not both'],
    ['an unknown type', { type: 'System' }, 'type must be one of'],
    ['a name of blanks', { name: '  ' }, 'name must have'],
    ['a name with control characters', { name: 'a\u0000b' }, 'name must have'],
    ['an id with a slash', { id: 'a/b' }, 'id must be'],
    ['an empty id', { id: '' }, 'id must be'],
    ['a strange group', { groups: ['INF 101'] }, 'not the id of a group'],
    ['an unknown resource type', { resourceTypes: ['Claim'] }, 'not a resource type'],
    ['a feed that cannot be', { feeds: ['Main EHR'] }, 'not the name of a feed'],
    ['feeds and all feeds', { feeds: ['a'], allFeeds: true }, 'not both'],
    ['feeds, but not all types', { feeds: ['a'], resourceTypes: ['Goal'] }, 'may hold any type'],
    ['an empty list of resource types', { resourceTypes: [] }, 'at least one resource type'],
  ])('refuses a System app with %s (RG-02)', (_, change, words) => {
    const faults = faultsOf({ ...SYSTEM, ...change });

    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(words);
  });

  it.each([
    'http://app.example.org/jwks',
    'ftp://app.example.org/jwks',
    '/jwks',
    'https://user:secret@app.example.org/jwks',
    'https://app.example.org/jwks#top',
    'https://127.0.0.1/jwks',
    'https://[::1]/jwks',
    'https://169.254.169.254/latest',
  ])('refuses the JWKS URL %s (RG-03, RG-11)', (jwksUrl) => {
    expect(faultsOf({ ...SYSTEM, jwks: undefined, jwksUrl })).toHaveLength(1);
  });

  it('accepts private addresses and http where the configuration allows them (RG-11)', () => {
    const jwksUrl = 'http://127.0.0.1:8080/jwks';

    const { keys } = checkRegistration(
      { ...SYSTEM, jwks: undefined, jwksUrl },
      { ...TERMS, allowPrivateAddresses: true },
    );

    expect(keys).toStrictEqual({ kind: 'url', url: jwksUrl });
  });

  it('lists all faults at once', () => {
    const wrong = { name: '', type: 'robot', id: 'a b', groups: ['?'], resourceTypes: ['X'] };

    expect(faultsOf(wrong)).toHaveLength(5);
  });

  it('keeps groups and types once each', () => {
    const groups = ['A', 'B', 'A'];

    const { licence } = checkRegistration(
      { ...SYSTEM, groups, resourceTypes: ['Goal', 'Goal'] },
      TERMS,
    );

    expect(licence).toStrictEqual({
      allGroups: false,
      groups: ['A', 'B'],
      resourceTypes: ['Goal'],
      writes: undefined,
      ownGroups: undefined,
    });
  });
});
