import { AppRegistry } from '../../src/auth';
import { REQUEST_LIMITS } from '../../src/common';
import { startTestApp, type TestApp } from '../support/app';
import {
  type ClientKey,
  newClientKey,
  signAssertion,
  tokenFields,
} from '../support/client-assertion';
import { makeGroups } from '../support/groups';
import { registerApp } from '../support/registered-app';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Case {
  readonly what: string;
  /** As much as is taken. */
  readonly at: () => Sent | Promise<Sent>;
  /** More than that. */
  readonly above: () => Sent | Promise<Sent>;
  readonly refusal: number;
  /** What the refusal names. */
  readonly named: string;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

describe('A request', () => {
  let service: TestApp;
  let token: string;
  let key: ClientKey;
  let clientId: string;

  beforeAll(async () => {
    service = await startTestApp({ ROLE: 'api', ADMIN_TOKEN, TOKEN_LIFETIME_SECONDS: '86400' });
    await makeGroups(service);
    token = await (await registerApp(service)).token();
    key = await newClientKey();
    const registered = await service.app
      .get(AppRegistry, { strict: false })
      .register({ name: 'x', type: 'system', jwks: { keys: [key.publicJwk] }, allGroups: true });
    clientId = registered.id;
  });

  afterAll(() => service.close());

  const bearer = (): Record<string, string> => ({ Authorization: `Bearer ${token}` });

  async function send({ path, method = 'GET', headers, body }: Sent): Promise<Response> {
    const answer = await fetch(`${service.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { ...headers },
      ...(body !== undefined && { body }),
    });
    return answer;
  }

  const header = (name: string, value: string): Sent => ({
    path: '/fhir/metadata',
    headers: { [name]: value },
  });
  const headerCase = (name: string, piece: string): Case => ({
    what: `the header ${name}`,
    at: () => header(name, piece.repeat(5000).slice(0, REQUEST_LIMITS.headerCharacters)),
    above: () => header(name, piece.repeat(15_000).slice(0, 12_000)),
    refusal: 431,
    named: name,
  });

  const form = (fields: Iterable<readonly [string, string]>): string =>
    new URLSearchParams([...fields].map(([name, value]) => [name, value])).toString();
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const tokenRequest = async (
    scope: string,
    more: readonly [string, string][] = [],
  ): Promise<Sent> => {
    const fields = tokenFields(await signAssertion(service, clientId, key), { scope });
    const given = Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    return {
      path: '/fhir/auth/token',
      method: 'POST',
      headers: FORM,
      body: form([...given, ...more]),
    };
  };
  const scopes = (count: number): string =>
    times(count, (index) => `system/Observation.rs?code=${index}`).join(' ');

  const kickOff = (
    parameter: readonly object[],
    headers: Readonly<Record<string, string>> = {},
  ): Sent => ({
    path: '/fhir/Group/EMPTY/$export',
    method: 'POST',
    headers: { ...bearer(), 'Content-Type': 'application/fhir+json', ...headers },
    body: JSON.stringify({ resourceType: 'Parameters', parameter }),
  });
  /** A value that is refused in any case, so that nothing is started. */
  const ODD = { name: 'organizeOutputBy', valueString: '?' };
  const LENIENT = { Prefer: 'handling=lenient' };
  const text = (name: string, valueString: string): object => ({ name, valueString });
  const patient = (index: number): object => ({
    name: 'patient',
    valueReference: { reference: `Patient/${index}` },
  });
  const kickOffCase = (
    name: string,
    limit: number,
    make: (count: number) => readonly object[],
    headers: Readonly<Record<string, string>> = {},
  ): Case => ({
    what: `a kick-off with ${name}`,
    at: () => kickOff([...make(limit), ODD], headers),
    above: () => kickOff(make(limit + 1), headers),
    refusal: 400,
    named: name,
  });

  const search = (fields: readonly [string, string][]): Sent => ({
    path: '/fhir/Group/_search',
    method: 'POST',
    headers: { ...bearer(), ...FORM },
    body: form(fields),
  });
  const admin = (path: string, body: object | string, method = 'POST'): Sent => ({
    path: `/admin/${path}`,
    method,
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const nested = (levels: number): string =>
    `{"criteria":${'{"not":'.repeat(levels)}{"everyone":true}${'}'.repeat(levels)}}`;

  const CASES: readonly Case[] = [
    headerCase('Accept', 'a/b,'),
    headerCase('Accept', '"'),
    headerCase('Accept-Encoding', 'gzip;q=0.1,'),
    headerCase('Prefer', '"\\'),
    headerCase('Prefer', 'a,'),
    headerCase('If-None-Match', '"a",'),
    headerCase('If-Match', '"a",'),
    headerCase('If-Range', '"a'),
    headerCase('Range', 'bytes=1-2,'),
    headerCase('Content-Type', 'a; '),
    {
      what: 'a scope of many searches',
      at: () => tokenRequest(scopes(120)),
      above: () => tokenRequest(scopes(1500)),
      refusal: 400,
      named: 'scope may have 4096 characters',
    },
    {
      what: 'a scope of searches of all types',
      at: () => tokenRequest(times(8, (index) => `system/*.rs?_id=${index}`).join(' ')),
      above: () => tokenRequest(times(9, (index) => `system/*.rs?_id=${index}`).join(' ')),
      refusal: 400,
      named: 'searches of a type',
    },
    {
      what: 'a scope of one type again and again',
      at: () => tokenRequest('system/Patient.rs '.repeat(300).slice(0, 4096).trim()),
      above: () => tokenRequest('system/Patient.rs '.repeat(3000)),
      refusal: 400,
      named: 'scope may have 4096 characters',
    },
    {
      what: 'an OAuth form',
      at: () =>
        tokenRequest(
          'system/*.rs',
          times(90, (index) => [`f${index}`, '']),
        ),
      above: () =>
        tokenRequest(
          'system/*.rs',
          times(9000, (index) => [`f${index}`, '']),
        ),
      refusal: 400,
      named: '100 fields',
    },
    kickOffCase('_type', 1000, (count) => [
      text('_type', times(count, (index) => `A${index}`).join()),
    ]),
    kickOffCase(
      '_elements',
      1000,
      (count) => [text('_elements', times(count, (index) => `a${index}`).join())],
      LENIENT,
    ),
    kickOffCase(
      'includeAssociatedData',
      1000,
      (count) => [text('includeAssociatedData', times(count, (index) => `A${index}`).join())],
      LENIENT,
    ),
    {
      what: 'a kick-off for many patients',
      at: () => kickOff([...times(3500, patient), ODD]),
      above: () => kickOff(times(5001, patient)),
      refusal: 413,
      named: 'body is too large',
    },
    kickOffCase('_typeFilter', 200, (count) =>
      times(count, (index) => text('_typeFilter', `Observation?code=${index}`)),
    ),
    kickOffCase('_typeFilter', 8192, (count) => [
      text('_typeFilter', `Observation?code=${'a'.repeat(count - 17)}`),
    ]),
    {
      what: 'a kick-off with parameters that are unknown',
      at: () => kickOff([...times(9_000, () => ({ name: 'x' })), ODD], LENIENT),
      above: () =>
        kickOff(
          times(10_001, () => ({ name: 'x' })),
          LENIENT,
        ),
      refusal: 400,
      named: 'Parameters.parameter',
    },
    {
      what: 'a kick-off with a long query',
      at: () => ({
        path: `/fhir/Group/EMPTY/$export?organizeOutputBy=x&${times(100, (index) => `a${index}`).join('&')}`,
        headers: { ...bearer(), ...LENIENT, Accept: 'application/json' },
      }),
      above: () => ({
        path: `/fhir/Group/EMPTY/$export?${times(2000, (index) => `a${index}`).join('&')}`,
        headers: { ...bearer(), ...LENIENT },
      }),
      refusal: 400,
      named: 'Prefer',
    },
    {
      what: 'an Idempotency-Key',
      at: () => kickOff([ODD], { 'Idempotency-Key': 'k'.repeat(255) }),
      above: () => kickOff([], { 'Idempotency-Key': 'k'.repeat(256) }),
      refusal: 400,
      named: 'Idempotency-Key',
    },
    {
      what: 'a search of groups by many values',
      at: () => search([['identifier', times(1000, (index) => `a|${index}`).join()]]),
      above: () => search([['identifier', times(1001, (index) => `a|${index}`).join()]]),
      refusal: 400,
      named: 'identifier',
    },
    {
      what: 'a search of groups by a long value',
      at: () => search([['name', 'ä'.repeat(40_000)]]),
      above: () => search([['name', 'x'.repeat(100_001)]]),
      refusal: 400,
      named: 'name',
    },
    {
      what: 'patients for a list',
      at: () =>
        admin('groups/NONE/members', { patients: times(10_000, (index) => `p${index}`) }, 'PUT'),
      above: () =>
        admin('groups/NONE/members', { patients: times(10_001, (index) => `p${index}`) }, 'PUT'),
      refusal: 400,
      named: 'patients',
    },
    {
      what: 'identifiers of a group',
      at: () =>
        admin('groups', {
          id: 'a b',
          name: 'x',
          identifiers: times(100, (index) => ({ value: `${index}` })),
        }),
      above: () => admin('groups', { id: 'x', name: 'x', identifiers: times(60_000, () => ({})) }),
      refusal: 400,
      named: 'identifiers',
    },
    {
      what: 'members of a body',
      at: () => admin('groups', Object.fromEntries(times(100, (index) => [`m${index}`, index]))),
      above: () =>
        admin('groups', Object.fromEntries(times(60_000, (index) => [`m${index}`, index]))),
      refusal: 400,
      named: 'body',
    },
    {
      what: 'criteria of a segment',
      at: () =>
        admin('groups/preview', {
          criteria: { and: times(12, () => ({ gender: times(500, () => 'x') })) },
        }),
      above: () =>
        admin('groups/preview', { criteria: { or: times(501, () => ({ everyone: true })) } }),
      refusal: 400,
      named: 'criteria',
    },
    {
      what: 'levels of criteria',
      at: () => admin('groups/preview', nested(30)),
      above: () => admin('groups/preview', nested(60_000)),
      refusal: 400,
      named: 'criteria',
    },
  ];

  it.each(CASES)('with $what at its limit is not refused for its size', async ({ at, named }) => {
    const answer = await send(await at());
    const body = await answer.text();

    expect([413, 431, 500]).not.toContain(answer.status);
    expect(body).not.toContain(`${named} may`);
  });

  it.each(CASES)(
    'with $what above its limit is refused by name (SEC-10)',
    async ({ above, refusal, named }) => {
      const answer = await send(await above());

      expect([answer.status, await answer.text()]).toStrictEqual([
        refusal,
        expect.stringContaining(named),
      ]);
    },
  );

  it.each([
    ['Authorization without a space', (): Sent => header('Authorization', 'x'.repeat(14_000))],
    [
      'Authorization of spaces',
      (): Sent => header('Authorization', `Bearer ${' '.repeat(14_000)}x`),
    ],
  ])('with %s is not let in (SEC-10)', async (_, at) => {
    expect((await send({ ...at(), path: '/fhir/Group' })).status).toBe(401);
  });
});
