import request from 'supertest';

import { AppRegistry } from '../../src/auth';
import { given, type GivenApp, idsOf, startGivenApp, to } from '../support/given-app';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import type { Given } from '../support/truth';

const MEMBER_FILTER = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/member-filter';
const SNOMED = 'http://snomed.info/sct';
const DIABETES = `${SNOMED}|44054006`;
const AMBULATORY = 'http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB';
const SCOPE = 'system/*.rs system/Group.cud';

/** Every third has diabetes, every second was seen in January 2024, every fifth asserted somebody else's condition. */
const PEOPLE = Array.from({ length: 30 }, (_, index) => ({
  id: `p${index}`,
  female: index % 2 === 0,
  diabetic: index % 3 === 0,
  seen: index % 4 < 2,
  isOut: index >= 24,
}));

const condition = (id: string, patient: string, rest: object = {}): Given =>
  given('Condition', id, {
    clinicalStatus: { coding: [{ system: 'urn:status', code: 'active' }] },
    code: { coding: [{ system: SNOMED, code: '44054006' }] },
    subject: to('Patient', patient),
    ...rest,
  });

const INPUT: readonly Given[] = PEOPLE.flatMap(({ id, female, diabetic, seen }) => [
  given('Patient', id, { gender: female ? 'female' : 'male', birthDate: '1980-05-05' }),
  ...(diabetic ? [condition(`c-${id}`, id)] : []),
  given('Encounter', `e-${id}`, {
    status: 'finished',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
    period: seen
      ? { start: '2024-01-10T10:00:00Z', end: '2024-01-10T11:00:00Z' }
      : { start: '2023-01-10T10:00:00Z', end: '2023-01-10T11:00:00Z' },
    subject: to('Patient', id),
  }),
]);

const filter = (expression: string, rest: object = {}): object => ({
  url: MEMBER_FILTER,
  valueExpression: { language: 'application/x-fhir-query', expression },
  ...rest,
});
const group = (filters: readonly string[], rest: object = {}): object => ({
  ...{ resourceType: 'Group', type: 'person', actual: false, name: 'Found' },
  modifierExtension: filters.map((one) => filter(one)),
  ...rest,
});

interface Read {
  readonly actual: boolean;
  readonly quantity: number;
  readonly extension: readonly { readonly url: string }[];
  readonly modifierExtension: readonly object[];
  readonly member?: readonly { readonly entity: { readonly reference: string } }[];
}

describe('A group with member-filters (Bulk Cohort API)', () => {
  let service: GivenApp;
  let keeper: RegisteredApp;
  let token: string;

  beforeAll(async () => {
    const inside = PEOPLE.filter(({ isOut }) => !isOut).map(({ id }) => id);
    service = await startGivenApp(INPUT, {
      IN: inside,
      HALF: inside.slice(0, 12),
      OTHER: PEOPLE.map(({ id }) => id),
    });
    keeper = await registerApp(service, {
      ...{ groups: ['IN', 'HALF'], ownGroups: 1000, ownGroupMembers: 1000 },
    });
    token = await keeper.token(SCOPE);
  });

  afterAll(() => service.close());

  const send = (method: 'post' | 'put', path: string, body: object, by = token): request.Test =>
    request(service.url)
      [method](`/fhir/${path}`)
      .auth(by, { type: 'bearer' })
      .set('Content-Type', 'application/fhir+json')
      .send(JSON.stringify(body));
  const made = async (filters: readonly string[], rest: object = {}): Promise<string> => {
    const answer = await send('post', 'Group', group(filters, rest));
    expect([answer.status, answer.text]).toStrictEqual([201, '']);
    return String(answer.headers['location']).split('/').at(-1) ?? '';
  };
  const get = (path: string, by = token): request.Test =>
    request(service.url).get(`/fhir/${path}`).auth(by, { type: 'bearer' });
  const read = async (id: string): Promise<Read> =>
    (await get(`Group/${id}`).expect(200)).body as Read;
  const exported = async (id: string, by = token): Promise<readonly string[]> =>
    idsOf((await service.exported(`Group/${id}/$export?_type=Patient`, by)).get('Patient'));
  const who = (is: (person: (typeof PEOPLE)[number]) => boolean): readonly string[] =>
    PEOPLE.filter((person) => !person.isOut && is(person))
      .map(({ id }) => id)
      .sort();

  it.each<[string, readonly string[], (person: (typeof PEOPLE)[number]) => boolean]>([
    ['a search of Patient', ['Patient?gender=female'], ({ female }) => female],
    ['a search of the record', [`Condition?code=${DIABETES}`], ({ diabetic }) => diabetic],
    [
      'several searches, which must all be met',
      [
        `Condition?code=${DIABETES}&clinical-status=active`,
        `Encounter?class=${AMBULATORY}&date=ge2024-01-01&date=le2024-01-31`,
        'Patient?gender=female,other&birthdate=ge1980-01-01',
      ],
      ({ female, diabetic, seen }) => female && diabetic && seen,
    ],
    [
      'two searches of a type, each met by a resource of its own',
      ['Encounter?date=ge2024-01-01', 'Encounter?status=finished'],
      ({ seen }) => seen,
    ],
    ['a search that finds nothing', ['Condition?code=urn:none|1'], () => false],
    ['a search with a slash before it', ['/Patient?gender:not=female'], ({ female }) => !female],
  ])(
    'has the members that %s finds among whom the app may choose (BC-08, BC-09, BC-10)',
    async (_, filters, is) => {
      const id = await made(filters);
      const { actual, quantity, member = [], modifierExtension } = await read(id);

      expect(await exported(id)).toStrictEqual(who(is));
      expect(member.map(({ entity }) => entity.reference).sort()).toStrictEqual(
        who(is).map((one) => `Patient/${one}`),
      );
      expect([actual, quantity]).toStrictEqual([who(is).length > 0, who(is).length]);
      expect(modifierExtension).toStrictEqual(filters.map((one) => filter(one.replace(/^\//, ''))));
    },
  );

  it('is looked for anew at each export, as of its instant, and has no members-refreshed (GR-01, BC-15)', async () => {
    const id = await made([`Condition?code=${DIABETES}`, 'Patient?gender=male']);
    const before = await exported(id);
    const { extension } = await read(id);
    await service.load([condition('c-new', 'p1')]);
    const after = await exported(id);
    await service.load([condition('c-new', 'p1', { code: { text: 'something else' } })]);

    expect(before).toStrictEqual(who(({ female, diabetic }) => !female && diabetic));
    expect(extension.map(({ url }) => url)).toStrictEqual(['urn:ehr-bulk-data:kept-until']);
    expect(after).toStrictEqual([...before, 'p1'].sort());
    expect(await exported(id)).toStrictEqual(before);
  });

  it('counts who is in the compartment of a resource that is about another patient', async () => {
    await service.load([
      condition('c-asserted', 'p2', { code: { text: 'said' }, asserter: to('Patient', 'p4') }),
    ]);
    const id = await made(['Condition?_id=c-asserted']);

    expect(await exported(id)).toStrictEqual(['p2', 'p4']);
  });

  it('filters the patients that it names, where it names some (BC-11)', async () => {
    const member = ['p0', 'p1', 'p2', 'p28'].map((one) => ({
      entity: { reference: `Patient/${one}` },
    }));
    const id = await made(['Patient?gender=female'], { member });

    expect(await exported(id)).toStrictEqual(['p0', 'p2']);
  });

  it('filters the members of one group, where it names one (BC-11)', async () => {
    const base = { member: [{ entity: { reference: 'Group/HALF' } }] };
    const id = await made(['Patient?gender=female'], base);
    const strange = await send(
      'post',
      'Group',
      group(['Patient?gender=female'], { member: [{ entity: { reference: 'Group/OTHER' } }] }),
    );

    expect(await exported(id)).toStrictEqual(['p0', 'p10', 'p2', 'p4', 'p6', 'p8']);
    expect(strange.status).toBe(400);
    expect(strange.text).toContain('a group that the app is licensed for');
  });

  it('is previewed by a dry run', async () => {
    const id = await made(['Patient?gender=female']);

    const { text } = await get(`Group/${id}/$export?_type=Patient&_dry-run=true`).expect(200);

    expect(text).toContain('{"name":"patients","valueInteger":12}');
  });

  it.each<[string, object, string]>([
    ['no search', group(['Patient']), 'Group.modifierExtension[0].valueExpression.expression'],
    ['an unknown parameter', group(['Patient?colour=red']), 'cannot be applied to Patient'],
    ['a type of nobody', group(['Practitioner?name=a']), 'lies in the compartment of patients'],
    ['Binary', group(['Binary?_id=1']), 'lies in the compartment of patients'],
    [
      'another language',
      group([], {
        modifierExtension: [
          { url: MEMBER_FILTER, valueExpression: { language: 'text/cql', expression: 'x' } },
        ],
      }),
      'must be application/x-fhir-query',
    ],
    [
      'another modifier',
      group([], { modifierExtension: [{ url: 'urn:other', valueBoolean: true }] }),
      'Group.modifierExtension[0].url',
    ],
    [
      'too many',
      group(Array.from({ length: 11 }, () => 'Patient?gender=male')),
      '10 member-filters',
    ],
    [
      'patients beside a group',
      group(['Patient?gender=male'], {
        member: [{ entity: { reference: 'Patient/p1' } }, { entity: { reference: 'Group/IN' } }],
      }),
      'not both',
    ],
    [
      'a result parameter (BC-13)',
      group(['Patient?_sort=birthdate']),
      'cannot be applied to Patient',
    ],
    ['a chain', group(['Condition?subject.name=a']), 'cannot be applied to Condition'],
    [
      'nothing that is understood without it',
      group([], { modifierExtension: undefined }),
      'Group.actual',
    ],
  ])('is refused with %s (BC-14)', async (_, body, words) => {
    const { status, text } = await send('post', 'Group', body);

    expect([status, text]).toStrictEqual([400, expect.stringContaining(words)]);
  });

  it('is a profile that the CapabilityStatement names (BC-16)', async () => {
    const { text } = await get('metadata');

    expect(text).toContain('StructureDefinition/bulk-cohort-group');
  });

  it('tells nothing of what the token does not cover (SEC-12, BC-07)', async () => {
    const few = await keeper.token('system/Patient.rs system/Group.cruds');
    const some = await keeper.token(
      'system/Patient.rs system/Group.cruds system/Condition.rs?clinical-status=active',
    );
    const body = group([`Condition?code=${DIABETES}`]);

    for (const by of [few, some]) {
      const { status, text } = await send('post', 'Group', body, by);
      expect([status, text]).toStrictEqual([403, expect.stringContaining('Condition')]);
    }
  });

  it('has nobody once the app is no longer licensed for what it looks for', async () => {
    const other = await registerApp(service, {
      ...{ groups: ['IN'], ownGroups: 10, ownGroupMembers: 10 },
    });
    const own = await other.token(SCOPE);
    const answer = await send('post', 'Group', group([`Condition?code=${DIABETES}`]), own);
    const id = String(answer.headers['location']).split('/').at(-1) ?? '';
    await service.app
      .get(AppRegistry, { strict: false })
      .changeLicence(other.id, { resourceTypes: ['Patient', 'Group'] });

    const { status, text } = await get(`Group/${id}/$export`, await other.token(SCOPE));

    expect([status, text]).toStrictEqual([422, expect.stringContaining('no longer licensed')]);
  });

  it('takes no members, and becomes a list of members only when it is replaced by one', async () => {
    const id = await made(['Patient?gender=female']);
    const add = await request(service.url)
      .post(`/fhir/Group/${id}/$member-add`)
      .auth(token, { type: 'bearer' })
      .set('Content-Type', 'text/csv')
      .send('system,value\n,p1\n');
    const list = { ...group([], { modifierExtension: undefined, actual: true }), id };
    const member = [{ entity: { reference: 'Patient/p1' } }];
    await send('put', `Group/${id}`, { ...list, member }).expect(200);
    const asList = await exported(id);
    await send('put', `Group/${id}`, { ...group(['Patient?_id=p2,p3']), id }).expect(200);

    expect([add.status, add.text]).toStrictEqual([422, expect.stringContaining('member-filter')]);
    expect(asList).toStrictEqual(['p1']);
    expect(await exported(id)).toStrictEqual(['p2', 'p3']);
  });
});
