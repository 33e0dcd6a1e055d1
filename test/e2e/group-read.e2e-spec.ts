import request, { type Response } from 'supertest';

import { startTestApp, type TestApp } from '../support/app';
import { makeGroups, patientLists } from '../support/groups';
import { registerApp } from '../support/registered-app';

describe('reading a Group', () => {
  let service: TestApp;
  let token: string;

  const get = (path: string, bearer = token): request.Test =>
    request(service.url).get(`/fhir/${path}`).set('Authorization', `Bearer ${bearer}`);
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

  it('gives the group with its members, elements in FHIR order (KO-13)', async () => {
    const answer = await get('Group/INF-101').expect(200);

    expect(answer.headers['content-type']).toBe('application/fhir+json; charset=utf-8');
    expect(answer.headers['etag']).toBe('W/"4"');
    const { meta } = answer.body as { meta: { lastUpdated: string } };
    expect(answer.text).toBe(
      JSON.stringify({
        resourceType: 'Group',
        id: 'INF-101',
        meta: { versionId: '4', lastUpdated: meta.lastUpdated },
        identifier: [{ system: 'urn:lists', value: '101' }, { value: 'no-system' }],
        active: true,
        type: 'person',
        actual: true,
        name: 'Grippe à risque élevé',
        quantity: 2,
        characteristic: [
          {
            code: { coding: [{ system: 'urn:c', code: 'dx' }] },
            valueCodeableConcept: {
              coding: [{ system: 'urn:v', code: 'a$b', display: 'A, B' }],
            },
            exclude: false,
          },
          {
            code: { coding: [{ system: 'urn:c', code: 'smoker' }] },
            valueBoolean: true,
            exclude: false,
          },
        ],
        member: [
          { entity: { reference: 'Patient/p1' } },
          { entity: { reference: 'Patient/p2' } },
          { entity: { reference: 'Patient/p3' }, inactive: true },
          {
            entity: { reference: 'Patient/p4' },
            period: { start: '2020-01-01T00:00:00.000Z', end: '2020-12-31T23:59:59.999Z' },
          },
        ],
      }),
    );
  });

  it('leaves empty lists out', async () => {
    const answer = await get('Group/EMPTY').expect(200);

    expect(answer.body).toStrictEqual({
      resourceType: 'Group',
      id: 'EMPTY',
      meta: { versionId: '1', lastUpdated: expect.stringMatching(/\.\d{3}Z$/) as string },
      active: true,
      type: 'person',
      actual: true,
      name: 'Nobody',
      quantity: 0,
    });
  });

  it('gives more members than are read at once', async () => {
    const lists = patientLists(service);
    const ids = Array.from({ length: 20_001 }, (_, index) => `m-${index}`);
    await lists.create({ id: 'LARGE', name: 'Large' });
    await lists.add('LARGE', ids, { allowUnknown: true });

    const answer = await get('Group/LARGE').expect(200);

    const { quantity, member } = answer.body as {
      quantity: number;
      member: { entity: { reference: string } }[];
    };
    await lists.delete('LARGE');
    expect(quantity).toBe(ids.length);
    expect(member.map(({ entity }) => entity.reference)).toStrictEqual(
      ids.map((id) => `Patient/${id}`).sort(),
    );
  });

  it.each(['NONE', 'not_an_id', 'INF-101%00', '%2e%2e'])(
    'answers 404 for an unknown group (KO-15): %s',
    async (id) => {
      const answer = await get(`Group/${id}`).expect(404);

      expect(issueOf(answer).code).toBe('not-found');
    },
  );

  it('answers an unlicensed group like one that does not exist (SEC-12)', async () => {
    const app = await registerApp(service, { allGroups: false, groups: ['DIA-7'] });
    const narrow = await app.token();

    const unlicensed = await get('Group/INF-101', narrow).expect(404);
    const unknown = await get('Group/NONE', narrow).expect(404);

    expect(unlicensed.body).toStrictEqual(unknown.body);
    await get('Group/DIA-7', narrow).expect(200);
  });

  it('answers 403 when the scopes do not cover Group (TK-07)', async () => {
    const app = await registerApp(service);
    const patientOnly = await app.token('system/Patient.rs');

    const read = await get('Group/INF-101', patientOnly).expect(403);
    const found = await get('Group', patientOnly).expect(403);

    expect(issueOf(read)).toMatchObject({ code: 'forbidden', expression: ['scope'] });
    expect(issueOf(found).diagnostics).toContain('system/Group.rs');
  });

  it('answers 401 without a token', async () => {
    const answer = await request(service.url).get('/fhir/Group/INF-101').expect(401);

    expect(issueOf(answer).code).toBe('login');
  });

  it('refuses parameters, but for _format and those of the shape', async () => {
    await get('Group/INF-101?_format=application/fhir+json').expect(200);
    await get('Group/INF-101?_format=turtle').expect(406);
    const answer = await get('Group/INF-101?_count=1').expect(400);

    expect(issueOf(answer).expression).toStrictEqual(['_count']);
  });
});
