import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { FhirError } from '../../common';
import { type AskedEntry, readEntry } from './asked-entry';
import { readSentBundle } from './read-bundle';

const BASE = 'https://ehr.example.org/fhir';

function read(entry: object): AskedEntry {
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [{}, entry] };
  const sent = readSentBundle(Buffer.from(JSON.stringify(bundle)), 2).entries[1];
  if (!sent) throw new Error('There is no entry.');
  return readEntry(sent, BASE, OFFERED_BY_DEFAULT);
}

function refusalOf(entry: object): FhirError {
  try {
    read(entry);
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('The entry was not refused.');
}

const put = (url: string, resource: object, request: object = {}): object => ({
  request: { method: 'PUT', url, ...request },
  resource: { resourceType: 'Patient', id: 'x', ...resource },
});
const post = (request: object): object => ({
  request: { method: 'POST', url: 'Patient', ...request },
  resource: { resourceType: 'Patient' },
});
const remove = (url: unknown, rest: object = {}): object => ({
  request: { method: 'DELETE', url },
  ...rest,
});

describe(readEntry, () => {
  it.each([
    ['Patient/x', put('Patient/x', {})],
    ['/Patient/x', put('/Patient/x', {})],
    [`${BASE}/Patient/x`, put(`${BASE}/Patient/x`, {})],
    ['Patient/x', remove('Patient/x')],
  ])('takes %s for a resource of this server', (_, entry) => {
    expect(read(entry)).toMatchObject({ number: 2, type: 'Patient', id: 'x' });
  });

  it('makes an id for a POST, whatever the resource says', () => {
    const [one, other] = [read(post({})), read(post({}))];

    expect(one.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.id).not.toBe(one.id);
  });

  it('reads conditions', () => {
    const ifNoneExist = 'identifier=urn:mrn%7Ca%20b';

    expect(read(put('Patient/x', {}, { ifMatch: 'W/"3"' })).expected).toBe(3n);
    expect(read(put('Patient/x', {}, { ifNoneMatch: '*' })).expected).toBe('none');
    expect(read(post({ ifNoneExist })).ifNoneExist).toBe('Patient urn:mrn|a b');
  });

  it.each([
    ['another method', { request: { method: 'PATCH', url: 'Patient/x' } }, 'request.method'],
    ['no method', { request: { url: 'Patient/x' } }, 'request.method'],
    ['no request', {}, 'request.method'],
    ['no url', remove(undefined), 'request.url'],
    ['a url that is no text', remove(['Secret']), 'request.url'],
    ['a search in its url', remove('Patient?name=Secret'), 'request.url'],
    ['a url of another server', remove('http://elsewhere/Patient/Secret'), 'request.url'],
    ['a url of a version', remove('Patient/x/_history/1'), 'request.url'],
    ['a DELETE of a type', remove('Patient'), 'request.url'],
    ['a POST to an id', post({ url: 'Patient/x' }), 'request.url'],
    ['an id that is none', put('Patient/x_Secret', { id: 'x_Secret' }), 'request.url'],
    ['a Group', remove('Group/x'), 'request.url'],
    ['a type that is not ours', remove('Claim/x'), 'request.url'],
    ['another id', put('Patient/x', { id: 'Secret' }), 'resource.id'],
    ['no id', put('Patient/x', { id: undefined }), 'resource.id'],
    ['another type', put('Patient/x', { resourceType: 'Goal' }), 'resource.resourceType'],
    ['no resource', { request: { method: 'PUT', url: 'Patient/x' } }, 'resource'],
    ['a resource to delete', remove('Patient/x', { resource: { id: 'x' } }), 'resource'],
    ['a version of others', put('Patient/x', {}, { ifMatch: 'Secret' }), 'request.ifMatch'],
    ['another ifNoneMatch', put('Patient/x', {}, { ifNoneMatch: 'W/"1"' }), 'request.ifNoneMatch'],
    [
      'two conditions',
      put('Patient/x', {}, { ifMatch: 'W/"1"', ifNoneMatch: '*' }),
      'request.ifMatch',
    ],
    ['a condition that is no text', put('Patient/x', {}, { ifMatch: 1 }), 'request.ifMatch'],
    ['ifMatch of a POST', post({ ifMatch: 'W/"1"' }), 'request'],
    ['ifNoneExist of a PUT', put('Patient/x', {}, { ifNoneExist: 'a=b' }), 'request.ifNoneExist'],
    ['ifNoneExist by something else', post({ ifNoneExist: 'name=Secret' }), 'request.ifNoneExist'],
    [
      'ifNoneExist by more',
      post({ ifNoneExist: 'identifier=a|b&name=Secret' }),
      'request.ifNoneExist',
    ],
  ])('refuses %s, naming the entry and quoting nothing', (_, entry, element) => {
    const { message, status, expression } = refusalOf(entry);

    expect([status, expression]).toStrictEqual([400, [`Bundle.entry[1].${element}`]]);
    expect(message).toMatch(/^Entry 2: /);
    expect(message).not.toContain('Secret');
  });
});
