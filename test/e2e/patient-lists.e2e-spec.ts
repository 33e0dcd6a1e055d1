import request from 'supertest';

import { GroupDirectory } from '../../src/groups';
import { startTestApp, type TestApp } from '../support/app';
import { makeGroups, patientLists } from '../support/groups';
import { registerApp } from '../support/registered-app';

describe('groups over time', () => {
  let service: TestApp;
  let token: string;

  const get = (path: string, bearer = token): request.Test =>
    request(service.url).get(`/fhir/${path}`).set('Authorization', `Bearer ${bearer}`);
  beforeAll(async () => {
    service = await startTestApp();
    await makeGroups(service);
    token = await (await registerApp(service)).token();
  });

  afterAll(() => service.close());

  describe('as of an instant (GR-07)', () => {
    const instant = async (): Promise<string> => {
      const [row] = await service.dataSource.query<{ at: string }[]>(
        'select pg_sleep(0.005), clock_timestamp()::text as at',
      );
      return row?.at ?? '';
    };
    const cohort = async (id: string, at: string): Promise<readonly string[]> => {
      const directory = service.app.get(GroupDirectory, { strict: false });
      const group = await directory.find(id);
      if (group === undefined) throw new Error('There is no such group.');
      const { sql, parameters } = await directory.cohortQuery(group, at);
      const rows = await service.dataSource.query<{ patient_id: string }[]>(sql, [...parameters]);
      return rows.map((row) => row.patient_id).sort();
    };
    const resource = async (id: string, at: string): Promise<string | undefined> => {
      const group = { id, name: '', source: 'patient-list', version: '', owner: null };
      const { sql, parameters } = await service.app
        .get(GroupDirectory, { strict: false })
        .resourceQuery(group, at);
      const rows = await service.dataSource.query<{ content: string }[]>(sql, [...parameters]);
      return rows[0]?.content;
    };

    it('knows the members of every moment, through joining, leaving and change of terms', async () => {
      const lists = patientLists(service);
      const beforeAll = await instant();
      await lists.create({ id: 'TIMES', name: 'Times' });
      const whenEmpty = await instant();
      await lists.add('TIMES', ['p1', 'p2']);
      const withBoth = await instant();
      await lists.add('TIMES', ['p2'], { inactive: true });
      const withOneInactive = await instant();
      await lists.remove('TIMES', ['p1', 'p3']);
      const withNobodyActive = await instant();
      await lists.add('TIMES', ['p1', 'p2']);
      const again = await instant();

      const cohorts = await Promise.all(
        [beforeAll, whenEmpty, withBoth, withOneInactive, withNobodyActive, again].map((at) =>
          cohort('TIMES', at),
        ),
      );

      expect(cohorts).toStrictEqual([[], [], ['p1', 'p2'], ['p1'], [], ['p1', 'p2']]);
      const versions = await Promise.all(
        [beforeAll, whenEmpty, withBoth, withOneInactive, withNobodyActive].map(async (at) => {
          const text = await resource('TIMES', at);
          return text && (JSON.parse(text) as { meta: { versionId: string } }).meta.versionId;
        }),
      );
      expect(versions).toStrictEqual([undefined, '1', '2', '3', '4']);
    });

    it('honours the period of a member, its ends included', async () => {
      await service.dataSource.query(
        `update groups.member set added_at = '2000-01-01' where group_id = 'INF-101' and patient_id = 'p4'`,
      );
      const instants = [
        '2019-12-31T23:59:59.999999Z',
        '2020-01-01T00:00:00Z',
        '2020-12-31T23:59:59.999999Z',
        '2021-01-01T00:00:00Z',
      ];

      const belongs = await Promise.all(
        instants.map(async (at) => (await cohort('INF-101', at)).includes('p4')),
      );

      expect(belongs).toStrictEqual([false, true, true, false]);
    });

    it('freezes the Group as the same text that a read gives', async () => {
      const { text } = await get('Group/INF-101').expect(200);

      expect(await resource('INF-101', await instant())).toBe(text);
    });

    it('remembers a deleted group, and numbers on when it is made anew', async () => {
      const lists = patientLists(service);
      await lists.create({ id: 'GONE', name: 'Gone' });
      await lists.add('GONE', ['p1']);
      const before = await instant();
      await lists.delete('GONE');
      const after = await instant();

      await get('Group/GONE').expect(404);
      expect(await resource('GONE', before)).toContain('Patient/p1');
      expect(await resource('GONE', after)).toBeUndefined();
      await lists.create({ id: 'GONE', name: 'Back' });
      const answer = await get('Group/GONE').expect(200);
      expect(answer.body).toMatchObject({ meta: { versionId: '4' }, name: 'Back', quantity: 0 });
      await lists.delete('GONE');
    });
  });

  describe('patient lists', () => {
    it('do not change when nothing new is added or removed', async () => {
      const lists = patientLists(service);

      const added = await lists.add('DIA-7', ['p1', 'Patient/p1', '']);
      const removed = await lists.remove('DIA-7', ['p2']);

      expect(added).toStrictEqual({ added: 0, changed: 0, unchanged: 1, unknown: 0 });
      expect(removed).toStrictEqual({ removed: 0 });
      expect((await lists.list('DIA-7'))[0]?.version).toBe('2');
    });

    it('refuse patients that the clinical store does not hold, unless told otherwise', async () => {
      const lists = patientLists(service);

      await expect(lists.add('EMPTY', ['p1', 'x1', 'x2'])).rejects.toMatchObject({
        code: 'unknown-patients',
        count: 2,
        examples: ['x1', 'x2'],
      });
      expect((await lists.list('EMPTY'))[0]).toMatchObject({ members: 0, version: '1' });
    });

    it('refuse what is no id, unknown groups and groups that exist', async () => {
      const lists = patientLists(service);

      await expect(lists.add('EMPTY', ['p1', 'not an id'])).rejects.toThrow('Entry 2');
      await expect(lists.add('NONE', ['p1'])).rejects.toMatchObject({ code: 'group-not-found' });
      await expect(lists.create({ id: 'EMPTY', name: 'x' })).rejects.toMatchObject({
        code: 'group-exists',
      });
      await expect(lists.create({ id: 'a b', name: 'x' })).rejects.toMatchObject({
        code: 'invalid-group-input',
      });
    });

    it('take changes from many at once without losing one', async () => {
      const lists = patientLists(service);
      await lists.create({ id: 'BUSY', name: 'Busy' });

      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          lists.add('BUSY', [`b-${index}`], { allowUnknown: true }),
        ),
      );

      const [group] = await lists.list('BUSY');
      await lists.delete('BUSY');
      expect(group).toMatchObject({ members: 8, version: '9' });
    });

    it('put every change on record', async () => {
      const lists = patientLists(service);
      await lists.create({ id: 'NOTED', name: 'Noted' });
      await lists.add('NOTED', ['p1']);
      await lists.delete('NOTED');

      const events = await service.dataSource.query<{ action: string }[]>(
        `select action from audit.event where group_id = 'NOTED' order by id`,
      );
      expect(events.map(({ action }) => action)).toStrictEqual([
        'group.created',
        'group.changed',
        'group.deleted',
      ]);
    });
  });
});
