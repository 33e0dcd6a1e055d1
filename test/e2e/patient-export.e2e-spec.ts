import request, { type Response } from 'supertest';

import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { samplePatientId, sampleResources } from '../../libs/sample-data/src';
import { kickOff, manifestOf } from '../support/export';
import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import { registerApp } from '../support/registered-app';
import { expectedExport, exportedLine, type Given } from '../support/truth';

const SAMPLE = { seed: 5, patients: 20 };
const PATIENTS = Array.from({ length: SAMPLE.patients }, (_, index) =>
  samplePatientId(SAMPLE.seed, index),
);
const EVERYTHING_BUT_GROUP = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');

describe('Patient/$export', () => {
  const input: readonly Given[] = [
    ...sampleResources(SAMPLE),
    // Of a patient whom nobody has loaded, and of nobody.
    given('Condition', 'dangling', { subject: to('Patient', 'never-loaded') }),
    given('Condition', 'of-nobody', { subject: to('Group', 'g') }),
    given('Provenance', 'of-dangling', { target: [to('Condition', 'dangling')] }),
    given('Condition', 'of-two', {
      subject: to('Patient', 'never-loaded'),
      asserter: to('Patient', PATIENTS[0] ?? ''),
    }),
  ];
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(input, { SOME: PATIENTS.slice(0, 5) });
  });

  afterAll(() => service.close());

  it('gives everything of every patient, once and byte for byte, and no Group (KO-02, KO-08, KO-09)', async () => {
    const expected = expectedExport(input, new Set(PATIENTS));
    const byKey = new Map(input.map((one) => [`${one.type}/${one.id}`, one]));

    const lines = await service.exported('Patient/$export');

    const types = [...expected.keys()].filter((type) => type !== 'Binary').sort();
    expect([...lines.keys()].sort()).toStrictEqual(types);
    for (const type of types) {
      expect([type, idsOf(lines.get(type))]).toStrictEqual([
        type,
        [...(expected.get(type) ?? [])].sort(),
      ]);
      for (const line of lines.get(type) ?? []) {
        const one = byKey.get(`${type}/${(JSON.parse(line) as { id: string }).id}`);
        expect(line).toBe(one && exportedLine(one, service.fhirBase));
      }
    }
  });

  it('gives what an export of a group of all patients gives', async () => {
    const types = EVERYTHING_BUT_GROUP.join(',');
    const everybody = await startGivenApp(input, { ALL: PATIENTS });
    try {
      const ofGroup = await everybody.exported(`Group/ALL/$export?_type=${types}`);
      const ofPatients = await everybody.exported(`Patient/$export?_type=${types}`);

      for (const type of EVERYTHING_BUT_GROUP) {
        expect([type, idsOf(ofPatients.get(type))]).toStrictEqual([type, idsOf(ofGroup.get(type))]);
      }
    } finally {
      await everybody.close();
    }
  });

  it('gives nothing of patients who do not exist, unless it is a living one’s as well', async () => {
    const lines = await service.exported('Patient/$export?_type=Condition,Provenance');

    const ids = idsOf(lines.get('Condition'));
    expect(ids).not.toContain('dangling');
    expect(ids).not.toContain('of-nobody');
    expect(ids).toContain('of-two');
    expect(idsOf(lines.get('Provenance'))).not.toContain('of-dangling');
  });

  it('“request” : “[base]/Patient/$export?_type=Patient,Observation,Provenance”: the manifest of the vendor’s page', async () => {
    const path = 'Patient/$export?_type=Patient,Observation,Provenance';
    const statusUrl = await kickOff(service, path, service.token);

    const manifest = await manifestOf(service, statusUrl, service.token);

    expect(manifest.request).toBe(`${service.fhirBase}/${path}`);
    expect(manifest.requiresAccessToken).toBe(true);
    expect(manifest.output.map(({ type }) => type)).toStrictEqual([
      'Observation',
      'Patient',
      'Provenance',
    ]);
    expect(manifest.error).toStrictEqual([]);
    const expected = expectedExport(input, new Set(PATIENTS), (type) =>
      ['Patient', 'Observation'].includes(type),
    );
    expect(manifest.output.map(({ count }) => count)).toStrictEqual(
      ['Observation', 'Patient', 'Provenance'].map((type) => expected.get(type)?.size),
    );
  });

  it('takes the parameters of a POST from its body (KO-06)', async () => {
    const answer = await request(service.url)
      .post('/fhir/Patient/$export')
      .auth(service.token, { type: 'bearer' })
      .set('Content-Type', 'application/fhir+json')
      .send(
        JSON.stringify({
          resourceType: 'Parameters',
          parameter: [{ name: '_type', valueString: 'Patient' }],
        }),
      )
      .expect(202);

    const statusUrl = answer.headers['content-location'] as string;
    const manifest = await manifestOf(service, statusUrl, service.token);
    expect(manifest.output).toMatchObject([{ type: 'Patient', count: SAMPLE.patients }]);
  });

  describe('refuses', () => {
    const ask = (token: string, query = ''): Promise<Response> =>
      request(service.url).get(`/fhir/Patient/$export${query}`).auth(token, { type: 'bearer' });
    const issueOf = (answer: Response): { code: string; diagnostics: string } | undefined =>
      (answer.body as { issue: { code: string; diagnostics: string }[] }).issue[0];

    it('an app that is licensed for single groups, and says which licence is needed', async () => {
      const narrow = await registerApp(service, { groups: ['SOME'] });

      const answer = await ask(await narrow.token());

      expect(answer.status).toBe(403);
      expect(issueOf(answer)?.code).toBe('forbidden');
      expect(issueOf(answer)?.diagnostics).toContain('license the app for all groups');
    });

    it('a token that does not cover Patient', async () => {
      const answer = await ask(await service.client.token('system/Group.rs system/Observation.rs'));

      expect(answer.status).toBe(403);
      expect(issueOf(answer)?.diagnostics).toContain('system/Patient.rs');
    });

    it.each(['?_type=Group', '?_type=Patient,Group'])(
      '%s: groups are exported by themselves',
      async (query) => {
        const answer = await ask(service.token, query);

        expect(answer.status).toBe(400);
        expect(answer.body).toMatchObject({
          issue: [{ code: 'not-supported', expression: ['_type'] }],
        });
      },
    );

    it('a type that the token does not cover (SC-08)', async () => {
      const answer = await ask(await service.client.token('system/Patient.rs'), '?_type=Goal');

      expect(answer.status).toBe(403);
      expect(issueOf(answer)?.diagnostics).toContain('Goal');
    });

    it('methods other than GET and POST', async () => {
      const answer = await request(service.url)
        .put('/fhir/Patient/$export')
        .auth(service.token, { type: 'bearer' });

      expect(answer.status).toBe(405);
    });
  });

  it('needs no scope for Group, and shrinks to what the token covers (SC-11)', async () => {
    const token = await service.client.token('system/Patient.rs system/Goal.rs');

    const lines = await service.exported('Patient/$export', token);

    expect([...lines.keys()].sort()).toStrictEqual(['Goal', 'Patient']);
  });

  it('says at which level in the audit record', async () => {
    const rows = await service.dataSource.query<{ action: string; group_id: string | null }[]>(
      `select distinct action, group_id from audit.event
       where detail->>'level' = 'patient' order by action`,
    );

    expect(rows).toStrictEqual([
      { action: 'export.kick-off', group_id: null },
      { action: 'export.refused', group_id: null },
    ]);
  });
});

describe('Patient/$export of a store that has changed', () => {
  let service: GivenApp;

  beforeEach(async () => {
    service = await startGivenApp([
      given('Patient', 'alive'),
      given('Patient', 'gone'),
      given('Goal', 'alive-goal', { subject: to('Patient', 'alive') }),
      given('Goal', 'gone-goal', { subject: to('Patient', 'gone') }),
      given('Practitioner', 'shared'),
      given('Practitioner', 'of-gone'),
      given('Condition', 'both', {
        subject: to('Patient', 'gone'),
        asserter: to('Patient', 'alive'),
        recorder: to('Practitioner', 'shared'),
      }),
      given('Condition', 'gone-condition', {
        subject: to('Patient', 'gone'),
        recorder: to('Practitioner', 'of-gone'),
      }),
    ]);
  });

  afterEach(() => service.close());

  it('leaves out what is left of a deleted patient', async () => {
    await deleteResource(service, 'Patient', 'gone');

    const lines = await service.exported('Patient/$export');

    expect(idsOf([...lines.values()].flat())).toStrictEqual([
      'alive',
      'alive-goal',
      'both',
      'shared',
    ]);
  });

  it('has nothing to give when there are no patients', async () => {
    for (const id of ['alive', 'gone']) await deleteResource(service, 'Patient', id);
    const statusUrl = await kickOff(service, 'Patient/$export', service.token);

    const manifest = await manifestOf(service, statusUrl, service.token);

    expect(manifest.output).toStrictEqual([]);
    expect(manifest.error).toStrictEqual([]);
  });
});
