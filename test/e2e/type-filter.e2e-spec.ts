import { randomUUID } from 'node:crypto';

import request from 'supertest';

import { ALL_BUCKETS } from '../../src/cohort';
import { type ExportScope, Extraction } from '../../src/extractors';
import { deletedIn } from '../support/deletions';
import { download, downloadAll } from '../support/export';
import {
  deleteResource,
  given,
  type GivenApp,
  idsOf,
  startGivenApp,
  to,
} from '../support/given-app';
import { type Asked, runJob } from '../support/job';
import type { Given } from '../support/truth';

const observation = (id: string, category: string, rest: object = {}): Given =>
  given('Observation', id, {
    status: 'final',
    category: [{ coding: [{ system: 'http://c', code: category }] }],
    subject: to('Patient', 'm1'),
    ...rest,
  });
const goal = (id: string, lifecycleStatus: string): Given =>
  given('Goal', id, { lifecycleStatus, subject: to('Patient', 'm1') });

const INPUT: readonly Given[] = [
  given('Patient', 'm1', { gender: 'female' }),
  given('Patient', 'm2', { gender: 'male' }),
  given('Patient', 'outsider', { gender: 'female' }),
  observation('lab', 'laboratory'),
  observation('lab-draft', 'laboratory', { status: 'preliminary' }),
  observation('vital', 'vital-signs'),
  observation('survey', 'survey'),
  observation('lab-of-outsider', 'laboratory', { subject: to('Patient', 'outsider') }),
  observation('lab-performed', 'laboratory', {
    subject: to('Patient', 'outsider'),
    performer: [to('Patient', 'm1')],
  }),
  observation('survey-performed', 'survey', {
    subject: to('Patient', 'outsider'),
    performer: [to('Patient', 'm1')],
  }),
  observation('unread', 'laboratory'),
  goal('active', 'active'),
  goal('completed', 'completed'),
  given('Encounter', 'e1', {
    status: 'finished',
    subject: to('Patient', 'm1'),
    participant: [
      { individual: to('Practitioner', 'ann') },
      { individual: to('Practitioner', 'bob') },
    ],
  }),
  given('Practitioner', 'ann', { name: [{ family: 'Ängström' }] }),
  given('Practitioner', 'bob', { name: [{ family: 'Brown' }] }),
  given('Provenance', 'of-lab', {
    target: [to('Observation', 'lab')],
    recorded: '2020-01-01T00:00:00Z',
  }),
  given('Provenance', 'of-survey', {
    target: [to('Observation', 'survey')],
    recorded: '2021-01-01T00:00:00Z',
  }),
  given('Provenance', 'of-unread', {
    target: [to('Observation', 'unread')],
    recorded: '2021-01-01T00:00:00Z',
  }),
];
const ABC: Asked['target'] = { level: 'group', groupId: 'ABC' };

describe('_typeFilter', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(INPUT, { ABC: ['m1', 'm2'] });
    await service.dataSource.query(
      `update clinical.resource set content = '' where type = 'Observation' and id = 'unread'`,
    );
  });

  afterAll(() => service.close());

  const filteredBy = async (...filters: readonly string[]) => {
    const query = filters.map((filter) => `&_typeFilter=${encodeURIComponent(filter)}`).join('');
    const types = 'Patient,Observation,Goal,Encounter,Practitioner,Provenance,Group';
    return service.exported(`Group/ABC/$export?_type=${types}${query}`);
  };
  const jobOf = async (asked: Partial<Asked>) =>
    downloadAll(await runJob(service, { target: ABC, ...asked }), service.token);

  it('restricts the type that it names, and leaves the others whole (PR-73, PR-75, PR-76)', async () => {
    const lines = await filteredBy('Observation?category=laboratory&status=final');

    expect(idsOf(lines.get('Observation'))).toStrictEqual(['lab', 'lab-performed']);
    expect(idsOf(lines.get('Patient'))).toStrictEqual(['m1', 'm2']);
    expect(idsOf(lines.get('Goal'))).toStrictEqual(['active', 'completed']);
    expect(idsOf(lines.get('Practitioner'))).toStrictEqual(['ann', 'bob']);
  });

  it('takes several filters of a type for alternatives (PR-74)', async () => {
    const lines = await filteredBy(
      'Observation?category=survey,vital-signs',
      'Observation?status=preliminary',
      'Goal?lifecycle-status=active',
    );

    expect(idsOf(lines.get('Observation'))).toStrictEqual([
      'lab-draft',
      'survey',
      'survey-performed',
      'vital',
    ]);
    expect(idsOf(lines.get('Goal'))).toStrictEqual(['active']);
  });

  it.each<[string, (n: number) => string]>([
    ['1002 values', (n) => `Observation?value-quantity=${'1,'.repeat(333)}${n}`],
    ['201 criteria', (n) => `Goal?${'lifecycle-status=active&'.repeat(66)}_id=${n}`],
    ['213 criteria', (n) => `Observation?${'code-value-quantity=a$1&'.repeat(7)}_id=${n}`],
  ])('refuses %s in all searches together (PR-80)', async (size, filter) => {
    const query = [0, 1, 2].map((n) => `_typeFilter=${encodeURIComponent(filter(n))}`).join('&');

    const answer = await request(service.fhirBase)
      .get(`/Group/ABC/$export?${query}`)
      .set({ Accept: 'application/fhir+json', Prefer: 'respond-async' })
      .auth(service.token, { type: 'bearer' });

    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      issue: [{ code: 'too-long', expression: ['_typeFilter'] }],
    });
    expect(JSON.stringify(answer.body)).toContain(size);
  });

  it('compares with as many values as an export may have (PR-74)', async () => {
    const codes = Array.from({ length: 498 }, (_, n) => `http://c|${n}`).join(',');
    const amounts = Array.from({ length: 500 }, (_, n) => n).join(',');

    const lines = await jobOf({
      types: ['Observation'],
      typeFilters: {
        Observation: [`category=${codes},laboratory&status=final`, `value-quantity=${amounts}`],
      },
    });

    expect(idsOf(lines.get('Observation'))).toStrictEqual(['lab', 'lab-performed']);
  });

  it('restricts what members’ resources point at (PR-76)', async () => {
    const lines = await filteredBy('Practitioner?family=angs');

    expect(idsOf(lines.get('Practitioner'))).toStrictEqual(['ann']);
  });

  it('restricts Provenance and the group itself (PR-76)', async () => {
    const none = await filteredBy('Provenance?recorded=lt2020-06', 'Group?_id=XYZ');
    const all = await filteredBy(
      'Group?type=person&_id=ABC',
      `Group?member=${service.fhirBase}/Patient/nobody`,
    );

    expect(idsOf(none.get('Provenance'))).toStrictEqual(['of-lab']);
    expect(none.has('Group')).toBe(false);
    expect(idsOf(all.get('Group'))).toStrictEqual(['ABC']);
  });

  it('takes an absolute URL of this server for the relative reference', async () => {
    const lines = await filteredBy(`Observation?subject=${service.fhirBase}/Patient/outsider`);

    expect(idsOf(lines.get('Observation'))).toStrictEqual(['lab-performed', 'survey-performed']);
  });

  it('gives no file for a type that nothing passes (PR-76)', async () => {
    const lines = await filteredBy('Observation?status=entered-in-error');

    expect(lines.has('Observation')).toBe(false);
  });

  it('asks the version that was the latest at transactionTime (PR-76)', async () => {
    await service.load([goal('changes', 'planned')]);
    const [{ before }] = await service.dataSource.query<[{ before: string }]>(
      `select last_updated::text as before from clinical.resource where type = 'Goal' and id = 'changes'`,
    );
    await service.load([goal('changes', 'cancelled')]);
    const count = (status: string, transactionTime: string) =>
      service.app
        .get(Extraction, { strict: false })
        .count(
          { kind: 'resources', type: 'Goal' },
          everything(transactionTime, [[`lifecycle-status=${status}`]]),
        );

    expect(await count('planned', before)).toBe(1);
    expect(await count('cancelled', before)).toBe(0);
    expect(await count('planned', '9000-01-01T00:00:00Z')).toBe(0);
    expect(await count('cancelled', '9000-01-01T00:00:00Z')).toBe(1);
  });

  it('finds only what the filters of the scopes let pass as well (SC-02, SC-06)', async () => {
    const scopeFilters = { Observation: ['category=laboratory', 'category=http://c|survey'] };

    const all = await jobOf({ types: ['Observation'], scopeFilters });
    const both = await jobOf({
      types: ['Observation'],
      scopeFilters,
      typeFilters: { Observation: ['category=survey', 'category=vital-signs'] },
    });

    expect(idsOf(all.get('Observation'))).not.toContain('vital');
    expect(idsOf(both.get('Observation'))).toStrictEqual(['survey', 'survey-performed']);
  });

  it('gives nothing of a type whose scopes let nothing pass', async () => {
    const lines = await jobOf({
      types: ['Observation', 'Patient'],
      scopeFilters: { Observation: [] },
    });

    expect(lines.has('Observation')).toBe(false);
    expect(idsOf(lines.get('Patient'))).toStrictEqual(['m1', 'm2']);
  });

  it('restricts a whole system, and parts of it alike', async () => {
    const lines = await jobOf({
      target: { level: 'system' },
      types: ['Observation', 'Practitioner'],
      typeFilters: { Observation: ['category=laboratory'], Practitioner: ['name:contains=ROW'] },
    });

    expect(idsOf(lines.get('Observation'))).toStrictEqual([
      'lab',
      'lab-draft',
      'lab-of-outsider',
      'lab-performed',
    ]);
    expect(idsOf(lines.get('Practitioner'))).toStrictEqual(['bob']);
  });

  it('lets associated Provenance be about what passes alone (PR-62)', async () => {
    const lines = await jobOf({
      types: ['Observation', 'Provenance'],
      provenance: 'relevant',
      typeFilters: { Observation: ['category=laboratory'] },
    });

    expect(idsOf(lines.get('Provenance'))).toStrictEqual(['of-lab']);
  });

  it.each([{}, { organizeBy: 'Patient' }] as const)(
    'counts what cannot be read, and never gives it: %j',
    async (organized) => {
      await service.dataSource.query(
        `update clinical.resource set content = '' where type = 'Goal' and id = 'completed'`,
      );

      const manifest = await runJob(service, {
        target: ABC,
        types: ['Goal'],
        typeFilters: { Goal: ['lifecycle-status=active'] },
        ...organized,
      });

      const texts = await Promise.all(
        manifest.output.map(({ url }) => download(url, service.token)),
      );
      expect(texts.join('').match(/"resourceType":"Goal","id":"[a-z]+"/g)).toStrictEqual([
        '"resourceType":"Goal","id":"active"',
      ]);
      expect(manifest.error).toHaveLength(1);
    },
  );

  it('lets what cannot be read bring nothing along, and names it nowhere (PR-62, DE-05)', async () => {
    const asked = {
      types: ['Observation', 'Provenance'],
      provenance: 'relevant',
      scopeFilters: { Observation: ['category=laboratory'] },
    } as const;
    const first = await runJob(service, { target: ABC, ...asked });

    await deleteResource(service, 'Observation', 'lab-draft');
    await deleteResource(service, 'Observation', 'unread');
    const { transactionTime: since } = first;
    const second = await runJob(service, { target: ABC, ...asked, since });

    expect(idsOf((await downloadAll(first, service.token)).get('Provenance'))).toStrictEqual([
      'of-lab',
    ]);
    expect(await deletedIn(second, service.token)).toStrictEqual(['Observation/lab-draft']);
  });
});

function everything(transactionTime: string, filters: ExportScope['filters']): ExportScope {
  return {
    cohort: { jobId: randomUUID(), buckets: ALL_BUCKETS },
    plan: {},
    level: 'system',
    transactionTime,
    since: undefined,
    provenanceOf: [],
    filters,
  };
}
