import request, { type Response } from 'supertest';

import { startTestApp, type TestApp } from '../support/app';
import { makeGroups, patientLists, patientText, storePatients } from '../support/groups';
import { registerApp } from '../support/registered-app';

interface Bundle {
  readonly total: number;
  readonly link: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly {
    readonly fullUrl?: string;
    readonly resource: { readonly resourceType: string; readonly id: string };
    readonly search: { readonly mode: string };
  }[];
}

/** A value of each parameter that finds something. */
const ONE_VALUE = {
  _id: 'INF-101',
  identifier: '101',
  member: 'p1',
  name: 'grip',
  'name:contains': 'ippe',
  'name:exact': 'Diabetes clinic',
  characteristic: 'dx',
};

describe('searching Group', () => {
  let service: TestApp;
  let token: string;

  const get = (path: string, bearer = token): request.Test =>
    request(service.url).get(`/fhir/${path}`).set('Authorization', `Bearer ${bearer}`);
  const search = async (query: string, bearer = token): Promise<Bundle> =>
    (await get(`Group?${query}`, bearer).expect(200)).body as Bundle;
  const idsOf = ({ entry = [] }: Bundle, mode = 'match'): readonly string[] =>
    entry.filter((one) => one.search.mode === mode).map(({ resource }) => resource.id);
  const linkOf = ({ link }: Bundle, relation: string): string =>
    link.find((one) => one.relation === relation)?.url ?? '';
  const issueOf = ({
    body,
  }: Response): { code: string; diagnostics: string; expression: string[] } =>
    (body as { issue: [{ code: string; diagnostics: string; expression: string[] }] }).issue[0];

  beforeAll(async () => {
    service = await startTestApp();
    await makeGroups(service);
    token = await (await registerApp(service)).token();
  });

  afterAll(() => service.close());

  describe('search', () => {
    it.each([
      ['', ['DIA-7', 'EMPTY', 'INF-101']],
      ['_id=INF-101', ['INF-101']],
      ['_id=INF-101,DIA-7,NONE', ['DIA-7', 'INF-101']],
      ['identifier=urn:lists|101', ['INF-101']],
      ['identifier=101', ['INF-101']],
      ['identifier=|101', []],
      ['identifier=|no-system', ['INF-101']],
      ['identifier=urn:lists|', ['INF-101']],
      ['identifier=urn:other|101', []],
      ['name=grip', ['INF-101']],
      ['name=GRIPPE A RISQUE', ['INF-101']],
      ['name=éleve', ['INF-101']],
      ['name=risque-eleve', ['INF-101']],
      ['name=ippe', []],
      ['name:contains=ippe', ['INF-101']],
      ['name:exact=Diabetes clinic', ['DIA-7']],
      ['name:exact=diabetes clinic', []],
      ['name=grip,diab', ['DIA-7', 'INF-101']],
      ['name=grip&name=diab', []],
      ['type=person', ['DIA-7', 'EMPTY', 'INF-101']],
      ['type=http://hl7.org/fhir/group-type|person', ['DIA-7', 'EMPTY', 'INF-101']],
      ['type=device', []],
      ['characteristic=urn:c|dx', ['INF-101']],
      ['characteristic=dx', ['INF-101']],
      ['characteristic=|dx', []],
      ['characteristic-value=urn:c|dx$urn:v|a\\$b', ['INF-101']],
      ['characteristic-value=dx$a\\$b', ['INF-101']],
      ['characteristic-value=dx$other', []],
      ['characteristic-value=smoker$true', ['INF-101']],
      ['characteristic-value=smoker$false', []],
      ['member=p1', ['DIA-7', 'INF-101']],
      ['member=Patient/p2', ['INF-101']],
      ['member:Patient=p3', ['INF-101']],
      ['member=nobody', []],
      ['member=p1&name=diab', ['DIA-7']],
    ])('finds by %s', async (query, expected) => {
      expect(idsOf(await search(query))).toStrictEqual(expected);
    });

    it('finds members by absolute references to this server', async () => {
      const bundle = await search(`member=${service.fhirBase}/Patient/p2`);

      expect(idsOf(bundle)).toStrictEqual(['INF-101']);
    });

    it.each([
      ['foo=bar', 'foo'],
      ['_sort=name', '_sort'],
      ['member.name=x', 'member.name'],
      ['name:missing=true', 'name:missing'],
      ['_id=a_b', '_id'],
      ['identifier=', 'identifier'],
      ['identifier=a|b|c', 'identifier'],
      ['name=!', 'name'],
      ['name=%25', 'name'],
      ['name:exact=a%00', 'name:exact'],
      ['name=', 'name'],
      ['type=human', 'type'],
      ['characteristic-value=dx', 'characteristic-value'],
      ['characteristic-value=dx$', 'characteristic-value'],
      ['member=Practitioner/1', 'member'],
      ['member=https://elsewhere.example.org/Patient/1', 'member'],
      ['_count=-1', '_count'],
      ['_count=ten', '_count'],
      ['_count=1&_count=2', '_count'],
      ['_include=Group:managing-entity', '_include'],
      ['_page=nonsense', '_page'],
      ["_page=' or true --", '_page'],
    ])(
      'answers 400 that names the parameter and what is accepted: %s',
      async (query, parameter) => {
        const answer = await get(`Group?${query}`).expect(400);

        expect(issueOf(answer).expression).toStrictEqual([parameter]);
        expect(issueOf(answer).diagnostics.length).toBeGreaterThan(20);
      },
    );

    it('never repeats a value in an error, for it may name a patient', async () => {
      const answer = await get('Group?member=Patient/Doe_John').expect(400);

      expect(answer.text).not.toContain('Doe');
    });

    it('binds every value', async () => {
      const evil = encodeURIComponent("x' or 'a'='a");

      expect(idsOf(await search(`identifier=${evil}`))).toStrictEqual([]);
      expect(idsOf(await search(`name:exact=${evil}`))).toStrictEqual([]);
    });

    it('makes a searchset with absolute addresses', async () => {
      const bundle = await search('_id=EMPTY&_format=json');

      expect(bundle).toMatchObject({
        resourceType: 'Bundle',
        type: 'searchset',
        total: 1,
        link: [{ relation: 'self', url: `${service.fhirBase}/Group?_id=EMPTY&_format=json` }],
        entry: [{ fullUrl: `${service.fhirBase}/Group/EMPTY`, search: { mode: 'match' } }],
      });
    });

    it('pages forth and back, with the parameters of the search', async () => {
      const first = await search('_count=1&type=person');
      const follow = async (url: string): Promise<Bundle> =>
        (await get(url.slice(service.fhirBase.length + 1)).expect(200)).body as Bundle;
      const second = await follow(linkOf(first, 'next'));
      const third = await follow(linkOf(second, 'next'));
      const secondAgain = await follow(linkOf(third, 'previous'));

      expect([first, second, third, secondAgain].map((page) => idsOf(page))).toStrictEqual([
        ['DIA-7'],
        ['EMPTY'],
        ['INF-101'],
        ['EMPTY'],
      ]);
      expect([first, second, third].map(({ total }) => total)).toStrictEqual([3, 3, 3]);
      expect(linkOf(first, 'next')).toContain('_count=1&type=person&_page=');
      expect(linkOf(first, 'previous')).toBe('');
      expect(linkOf(third, 'next')).toBe('');
    });

    it('gives the total alone for _count=0', async () => {
      const bundle = await search('_count=0');

      expect(bundle.total).toBe(3);
      expect(bundle.entry).toBeUndefined();
    });

    it.each([
      ['_summary=count', undefined],
      ['_summary=true', { identifier: true, active: true, name: true }],
      ['_summary=text', {}],
      ['_elements=name,quantity', { name: true, quantity: true }],
      ['_elements=id&_elements=member', { member: true }],
      ['_elements=characteristic', { characteristic: true }],
    ])('shows with %s what is asked and mandatory, marked as a part', async (asked, shown) => {
      const whole = (await get('Group/INF-101').expect(200)).body as Record<string, unknown>;
      const { total, entry } = await search(`_id=INF-101&${asked}`);

      const { resourceType, id, type, actual } = whole;
      const parts = Object.keys(shown ?? {}).map((name) => [name, whole[name]]);
      const system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue';
      const tag = [{ system, code: 'SUBSETTED' }];
      const meta = { ...(whole['meta'] as object), tag };
      const resource = {
        resourceType,
        id,
        meta,
        type,
        actual,
        ...(Object.fromEntries(parts) as object),
      };
      expect(total).toBe(1);
      expect(entry?.map((one) => one.resource)).toStrictEqual(shown && [resource]);
    });

    it.each(['_summary=false', '_summary=data'])('shows all with %s', async (asked) => {
      const whole = (await get('Group/INF-101').expect(200)).text;

      expect((await get(`Group/INF-101?${asked}`).expect(200)).text).toBe(whole);
    });

    it.each([
      ['_summary=full', '_summary'],
      ['_summary=true&_summary=true', '_summary'],
      ['_summary=true&_elements=id', '_summary'],
      ['_elements=nonsense', '_elements'],
      ['_elements=', '_elements'],
      ['_include=Group:member&_summary=text', '_include'],
    ])('refuses %s by name', async (asked, name) => {
      const found = await get(`Group?${asked}`).expect(400);
      const read = await get(`Group/INF-101?${asked}`).expect(400);

      expect([issueOf(found).expression, issueOf(read).expression]).toStrictEqual([[name], [name]]);
    });

    it('looks at each group once, however many values are asked for', async () => {
      const many = Array.from({ length: 990 }, (_, index) => `x${index}`).join();

      for (const [name, one] of Object.entries(ONE_VALUE)) {
        const few = idsOf(await search(`${name}=${one}`));

        expect(few).not.toHaveLength(0);
        expect(idsOf(await search(`${name}=${many},${one}`))).toStrictEqual(few);
      }
    });

    it('shows licensed groups only, in results, totals and pages', async () => {
      const app = await registerApp(service, { allGroups: false, groups: ['DIA-7', 'NONE'] });
      const narrow = await app.token();

      const all = await search('', narrow);
      const other = await search('_id=INF-101', narrow);

      expect([all.total, idsOf(all)]).toStrictEqual([1, ['DIA-7']]);
      expect([other.total, idsOf(other)]).toStrictEqual([0, []]);
    });

    it('searches by POST to _search too', async () => {
      const answer = await request(service.url)
        .post('/fhir/Group/_search')
        .set('Authorization', `Bearer ${token}`)
        .type('form')
        .send('member=p1&name=diab')
        .expect(200);

      expect(idsOf(answer.body as Bundle)).toStrictEqual(['DIA-7']);
    });

    it('refuses a POST search whose body is no form', async () => {
      await request(service.url)
        .post('/fhir/Group/_search')
        .set('Authorization', `Bearer ${token}`)
        .send({ name: 'x' })
        .expect(415);
    });
  });

  describe('_include=Group:member', () => {
    it('adds the active members byte for byte, once each', async () => {
      const answer = await get('Group?_include=Group:member').expect(200);

      const bundle = answer.body as Bundle;
      expect(idsOf(bundle, 'include')).toStrictEqual(['p1', 'p2']);
      expect(answer.text).toContain(`"resource":${patientText('p1')},"search":{"mode":"include"}`);
      expect(bundle.entry?.at(-1)?.fullUrl).toBe(`${service.fhirBase}/Patient/p2`);
      expect(bundle.total).toBe(3);
    });

    it('leaves patients out, and says so, when the token does not cover Patient', async () => {
      const app = await registerApp(service);
      const bundle = await search('_include=Group:member', await app.token('system/Group.rs'));

      expect(idsOf(bundle, 'include')).toStrictEqual([]);
      expect(bundle.entry?.at(-1)).toMatchObject({
        resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning' }] },
        search: { mode: 'outcome' },
      });
    });

    it('says so when there are more than one answer may hold', async () => {
      const lists = patientLists(service);
      const ids = Array.from({ length: 1001 }, (_, index) => `i-${index}`);
      await storePatients(service, Object.fromEntries(ids.map((id) => [id, patientText(id)])));
      await lists.create({ id: 'MANY', name: 'Many' });
      await lists.add('MANY', ids);

      const bundle = await search('_id=MANY&_include=Group:member');

      await lists.delete('MANY');
      expect(idsOf(bundle, 'include')).toHaveLength(1000);
      expect(bundle.entry?.at(-1)).toMatchObject({
        resource: { issue: [{ code: 'incomplete' }] },
        search: { mode: 'outcome' },
      });
    });
  });
});
