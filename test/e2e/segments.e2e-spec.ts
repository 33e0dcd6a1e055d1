import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';
import { Client } from 'pg';
import request, { type Response } from 'supertest';

import { sampleResources } from '../../libs/sample-data/src';
import { loadFiles } from '../../src/feed';
import { GroupDirectory } from '../../src/groups';
import { startTestApp, type TestApp } from '../support/app';
import { downloadAll, kickOff, manifestOf } from '../support/export';
import { deleteResource } from '../support/given-app';
import { patientLists } from '../support/groups';
import { writePast } from '../support/past';
import { registerApp } from '../support/registered-app';
import { membersOf, recordsAt } from '../support/segment-truth';
import type { Given } from '../support/truth';

/** Stands in each statement that evaluates criteria. */
const EVALUATION = 'bool_or(f.fact = 0)';

const SAMPLE = { seed: 23, patients: 64 };
const SNOMED = 'http://snomed.info/sct';

/** An answer whose body is not known yet. */
type Answer = Omit<Response, 'body'> & { readonly body: unknown };
type Criteria = Readonly<Record<string, unknown>>;

describe('Segments', () => {
  let service: TestApp;
  let token: string;
  let folder: string;
  let loadedAt: number;
  const input: readonly Given[] = [...sampleResources(SAMPLE)];
  const json = (type: string): readonly Criteria[] =>
    input.filter((one) => one.type === type).map(({ line }) => JSON.parse(line) as Criteria);
  const roles = json('PractitionerRole') as readonly {
    id: string;
    practitioner?: { reference: string };
  }[];
  const rolesOf = (practitioner: string): readonly string[] =>
    roles
      .filter((role) => role.practitioner?.reference === practitioner)
      .map(({ id }) => `PractitionerRole/${id}`);

  beforeAll(async () => {
    service = await startTestApp({
      TOKEN_LIFETIME_SECONDS: '864000',
      RETRY_AFTER_MAX_SECONDS: '1',
    });
    token = await (await registerApp(service)).token();
    folder = await mkdtemp(join(tmpdir(), 'segments-'));
    await load(input.map(({ line }) => line));
    loadedAt = Date.now();
  });

  afterAll(async () => {
    await service.close();
    await rm(folder, { recursive: true });
  });

  const load = async (lines: readonly string[]): Promise<void> => {
    const file = join(folder, 'input.ndjson');
    await writeFile(file, lines.map((line) => `${line}\n`).join(''));
    await loadFiles(service.environment['DATABASE_URL'] ?? '', [file], { keepMeta: true });
  };
  const get = (path: string): Promise<Answer> =>
    request(service.url).get(`/fhir/${path}`).auth(token, { type: 'bearer' });
  const segment = async (id: string, criteria: Criteria): Promise<void> => {
    await patientLists(service).create({ id, name: id, criteria });
  };
  const cohort = async (id: string, at: string): Promise<readonly string[]> => {
    const directory = service.app.get(GroupDirectory, { strict: false });
    const group = await directory.find(id);
    if (!group) throw new Error(`no group ${id}`);
    const { sql, parameters } = await directory.cohortQuery(group, at);
    const rows = await service.dataSource.query<{ patient_id: string }[]>(sql, [...parameters]);
    return rows.map((row) => row.patient_id).sort();
  };
  const databaseTime = async (): Promise<string> => {
    const [row] = await service.dataSource.query<{ at: string }[]>(
      'select clock_timestamp()::text as at',
    );
    return row?.at ?? '';
  };
  const exportedPatients = async (id: string): Promise<readonly string[]> => {
    const status = await kickOff(service, `Group/${id}/$export?_type=Patient`, token);
    const lines = await downloadAll(await manifestOf(service, status, token), token);
    return (lines.get('Patient') ?? [])
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .sort();
  };

  describe('find the patients that the sample has', () => {
    const codes = [
      ...new Set(
        json('Condition').flatMap((condition) =>
          (condition['code'] as { coding: { system: string; code: string }[] }).coding.map(
            ({ system, code }) => `${system}|${code}`,
          ),
        ),
      ),
    ];
    const practitioners = json('Practitioner').map(({ id }) => `Practitioner/${String(id)}`);
    const times = input.flatMap(({ line }) => {
      const { meta } = JSON.parse(line) as { meta?: { lastUpdated?: string } };
      return meta?.lastUpdated === undefined ? [] : [Date.parse(meta.lastUpdated)];
    });
    const latest = times.reduce((one, other) => Math.max(one, other));
    const instants = [latest + 1000, latest - 200 * 86_400_000, latest - 900 * 86_400_000];
    const day = (): fc.Arbitrary<string> =>
      fc
        .integer({ min: 0, max: 1500 })
        .map((days) => new Date(latest - days * 86_400_000).toISOString().slice(0, 10));
    const ages = fc
      .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 40 }))
      .map(([min, span]) => ({ age: { min, max: min + span } }));
    const { criteria } = fc.letrec<{ criteria: Criteria }>((tie) => ({
      criteria: fc.oneof(
        { depthSize: 'small', maxDepth: 3 },
        ages,
        fc.constantFrom('male', 'female').map((gender) => ({ gender })),
        fc.boolean().map((deceased) => ({ deceased })),
        fc.subarray(codes, { minLength: 1, maxLength: 3 }).map((code) => ({ condition: { code } })),
        fc
          .tuple(fc.constantFrom(...codes), fc.constantFrom('active', 'resolved'))
          .map(([code, clinicalStatus]) => ({ condition: { code, clinicalStatus } })),
        day().map((since) => ({ encounter: { since } })),
        fc.integer({ min: 1, max: 900 }).map((withinDays) => ({ encounter: { withinDays } })),
        fc
          .tuple(
            fc.constantFrom(...practitioners),
            fc.constantFrom('encounter', 'general-practitioner', 'care-team', undefined),
          )
          .map(([reference, as]) => ({
            practitioner: as === undefined ? { reference } : { reference, as },
          })),
        fc.array(tie('criteria'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
        fc.array(tie('criteria'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
        tie('criteria').map((not) => ({ not })),
      ),
    }));
    const anything = criteria.map((one) => ({ and: [{ everyone: true }, one] }));

    it.each(instants)(
      '"criteria kept as data, evaluated at kick-off: age, gender, condition code, encounter since, practitioner, and/or/not", at %d as in the sample',
      async (at) => {
        const records = recordsAt(input, loadedAt, at);
        let [found, id] = [0, 0];

        await fc.assert(
          fc.asyncProperty(anything, async (given) => {
            const group = `S-${at}-${(id += 1)}`;
            await segment(group, given);
            // Its version must be the one of the past.
            await service.dataSource.query(
              `update groups.group_version set last_updated = '2000-01-01' where group_id = $1`,
              [group],
            );

            const expected = membersOf(given, records, at, rolesOf);

            found += expected.length;
            expect(await cohort(group, new Date(at).toISOString())).toStrictEqual(expected);
          }),
          { numRuns: 60, seed: 5 },
        );
        expect(found).toBeGreaterThan(100);
      },
      60_000,
    );

    it('exports for 50 groups of different sizes, lists and segments, exactly their patients', async () => {
      const ids = json('Patient').map(({ id }) => String(id));
      const records = recordsAt(input, loadedAt, Date.now());
      const lists = fc.sample(fc.subarray(ids), { numRuns: 25, seed: 3 });
      const segments = fc.sample(anything, { numRuns: 25, seed: 4 });
      const expected = new Map<string, readonly string[]>();
      for (const [index, members] of lists.entries()) {
        await patientLists(service).create({ id: `LIST-${index}`, name: 'List' });
        await patientLists(service).add(`LIST-${index}`, members);
        expected.set(`LIST-${index}`, [...members].sort());
      }
      for (const [index, given] of segments.entries()) {
        await segment(`SEG-${index}`, given);
        expected.set(`SEG-${index}`, membersOf(given, records, Date.now(), rolesOf));
      }

      const exported = new Map<string, readonly string[]>();
      for (const id of expected.keys()) exported.set(id, await exportedPatients(id));

      expect(exported).toStrictEqual(expected);
      expect(new Set([...expected.values()].map(({ length }) => length)).size).toBeGreaterThan(15);
    }, 120_000);
  });

  describe('as FHIR', () => {
    const FEMALE = { gender: 'female' };
    const females = json('Patient')
      .filter(({ gender }) => gender === 'female')
      .map(({ id }) => String(id))
      .sort();
    const males = json('Patient')
      .filter(({ gender }) => gender === 'male')
      .map(({ id }) => String(id));

    beforeAll(async () => {
      await segment('WOMEN', FEMALE);
      await segment('NOBODY', { age: { min: 149 } });
      await patientLists(service).create({ id: 'BOTH', name: 'One woman' });
      await patientLists(service).add('BOTH', females.slice(0, 1));
    });

    it('"Group read and search": a segment is actual, with the members of the moment', async () => {
      const before = Date.now();

      const { status, body } = await get('Group/WOMEN');

      const group = body as {
        meta: { versionId: string; lastUpdated: string };
        member: { entity: { reference: string } }[];
      };
      expect([status, body]).toMatchObject([200, { actual: true, quantity: females.length }]);
      expect(group.member.map(({ entity }) => entity.reference)).toStrictEqual(
        females.map((id) => `Patient/${id}`),
      );
      expect(Date.parse(group.meta.lastUpdated)).toBeGreaterThanOrEqual(before);
      expect(group.meta.versionId).toBe('1');
    });

    it('finds lists and segments by member', async () => {
      const idsWith = async (id = ''): Promise<readonly string[]> => {
        const { body } = await get(`Group?member=Patient/${id}&_id=WOMEN,BOTH,NOBODY`);
        const { entry = [] } = body as { entry?: { resource: { id: string } }[] };
        return entry.map(({ resource }) => resource.id);
      };

      expect(await idsWith(females[0])).toStrictEqual(['BOTH', 'WOMEN']);
      expect(await idsWith(females[1])).toStrictEqual(['WOMEN']);
      expect(await idsWith(males[0])).toStrictEqual([]);
    });

    it('includes the Patient resources of the members', async () => {
      const { body } = await get('Group?_id=WOMEN&_include=Group:member');

      const entries = (body as { entry: { resource: { id: string } }[] }).entry;
      expect(entries.map(({ resource }) => resource.id)).toStrictEqual(['WOMEN', ...females]);
    });

    it('"The export’s cohort is frozen at transactionTime": a patient who fits later is not in it', async () => {
      const [stranger = ''] = males;
      const line = input.find(({ type, id }) => type === 'Patient' && id === stranger)?.line ?? '';
      const status = await kickOff(service, 'Group/WOMEN/$export?_type=Patient,Group', token);
      const manifest = await manifestOf(service, status, token);
      const at = await databaseTime();
      const changed = JSON.parse(line) as { meta?: object };
      delete changed.meta;
      await load([JSON.stringify({ ...changed, gender: 'female' })]);

      const lines = await downloadAll(manifest, token);

      const group = JSON.parse(lines.get('Group')?.[0] ?? '{}') as {
        quantity: number;
        meta: { lastUpdated: string };
      };
      expect(lines.get('Patient')).toHaveLength(females.length);
      expect(group.quantity).toBe(females.length);
      expect(group.meta.lastUpdated).toBe(manifest.transactionTime);
      expect(await cohort('WOMEN', at)).toStrictEqual(females);
      expect(await cohort('WOMEN', await databaseTime())).toStrictEqual(
        [...females, stranger].sort(),
      );
      await load([line.replace(/"meta":\{[^}]*\},?/, '')]);
    });

    it('"Empty group: an export with no files, never everyone. Unknown: 404."', async () => {
      const status = await kickOff(service, 'Group/NOBODY/$export', token);

      expect(await manifestOf(service, status, token)).toMatchObject({ output: [], error: [] });
      expect((await get('Group/NOBODY')).body).toMatchObject({ quantity: 0 });
      expect((await get('Group/UNKNOWN/$export')).status).toBe(404);
    });

    it('exports by the criteria of transactionTime, not by those before', async () => {
      await segment('TURNED', FEMALE);
      const before = await databaseTime();
      await patientLists(service).update('TURNED', { criteria: { gender: 'male' } });

      expect(await cohort('TURNED', before)).toStrictEqual(females);
      expect(await exportedPatients('TURNED')).toStrictEqual([...males].sort());
      expect((await get('Group/TURNED')).body).toMatchObject({ meta: { versionId: '2' } });
    });

    it('answers 422 at kick-off for criteria that this release cannot evaluate (GR-09)', async () => {
      await segment('FUTURE', FEMALE);
      await service.dataSource.query(
        `with changed as (
           update groups.patient_group set criteria = '{"horoscope":"leo"}' where id = 'FUTURE')
         update groups.group_version set criteria = '{"horoscope":"leo"}' where group_id = 'FUTURE'`,
      );

      for (const path of ['Group/FUTURE/$export', 'Group/FUTURE']) {
        const { status, body } = await get(path);
        expect([status, body]).toMatchObject([422, { issue: [{ code: 'not-supported' }] }]);
        expect(JSON.stringify(body)).toContain('criteria.horoscope is unknown');
      }
      const { body } = await get('Group?_id=FUTURE,WOMEN');
      const entries = (body as { entry: { resource: { id?: string } }[] }).entry;
      expect(entries.map(({ resource }) => resource.id)).toStrictEqual(['WOMEN', undefined]);
      expect(JSON.stringify(body)).toContain('cannot be evaluated');
    });

    it('lets an app that is licensed for a segment read what attachments of its members lead to, and no others', async () => {
      const owners = new Map(
        json('Binary').map((binary) => [
          String(binary['id']),
          (binary['securityContext'] as { reference: string } | undefined)?.reference,
        ]),
      );
      const ofWoman = [...owners].find(([, owner]) => females.some((id) => owner?.endsWith(id)));
      const ofMan = [...owners].find(([, owner]) => males.some((id) => owner?.endsWith(id)));
      const app = await registerApp(service, { groups: ['UNKNOWN', 'FUTURE', 'WOMEN'] });
      const own = await app.token();
      const status = async (id = ''): Promise<number> =>
        (await request(service.url).get(`/fhir/Binary/${id}`).auth(own, { type: 'bearer' })).status;

      expect([await status(ofWoman?.[0]), await status(ofMan?.[0])]).toStrictEqual([200, 404]);
    });

    it('keeps no members one by one: adding to a segment is refused with what to do', async () => {
      await expect(patientLists(service).add('WOMEN', ['x'])).rejects.toThrow(
        'Group WOMEN is a segment: its members follow from its criteria.',
      );
      await expect(
        patientLists(service).update('BOTH', { criteria: FEMALE }),
      ).rejects.toMatchObject({ code: 'wrong-group-source' });
    });
  });

  describe('are evaluated for readers', () => {
    const ids = ['EV-AGE', 'EV-SEEN', 'EV-ALL', 'EV-BOTH'];
    const search = `Group?_id=${ids.join(',')}&_include=Group:member`;
    const born = (id: string): string =>
      JSON.stringify({ resourceType: 'Patient', id, birthDate: '1890-05-05' });
    /** Counts statements that evaluate criteria for everybody. */
    const evaluated = async (action: () => Promise<unknown>): Promise<number> => {
      const statements = jest.spyOn(Client.prototype, 'query');
      await action();
      const calls: readonly (readonly unknown[])[] = [...statements.mock.calls];
      statements.mockRestore();
      return calls.filter(([sql]) => String(sql).includes(EVALUATION)).length;
    };
    const quantities = async (): Promise<Readonly<Record<string, unknown>>> => {
      const { body } = await get(search);
      const { entry } = body as { entry: { resource: Record<string, unknown> }[] };
      const groups = entry.filter(({ resource }) => resource['resourceType'] === 'Group');
      return Object.fromEntries(
        groups.map(({ resource }) => {
          const members = (resource['member'] ?? []) as readonly unknown[];
          expect(members).toHaveLength(resource['quantity'] as number);
          return [String(resource['id']), resource['quantity']];
        }),
      );
    };

    beforeAll(async () => {
      await load([
        born('ev-1'),
        JSON.stringify({
          ...{ resourceType: 'Encounter', id: 'ev-e', status: 'finished' },
          subject: { reference: 'Patient/ev-1' },
          period: { start: new Date(Date.now() - 3_600_000).toISOString() },
        }),
      ]);
      const [old, seen] = [{ age: { min: 120 } }, { encounter: { withinDays: 1 } }];
      await segment('EV-AGE', old);
      await segment('EV-SEEN', { and: [old, seen] });
      await segment('EV-ALL', { everyone: true });
      await segment('EV-BOTH', { or: [old, seen] });
    });

    it('once for each state of the store, however many ask at once', async () => {
      const together = await evaluated(() => Promise.all([1, 2, 3, 4, 5].map(quantities)));
      const again = await evaluated(quantities);
      const reads = await evaluated(() => Promise.all(ids.map((id) => get(`Group/${id}`))));

      expect([together, again, reads]).toStrictEqual([ids.length, 0, 0]);
    });

    it.each(['_count=0', '_summary=count', '_summary=true', '_elements=name,identifier'])(
      'not at all by searches that show no members: %s',
      async (asked) => {
        await load([born('ev-0')]);

        expect(await evaluated(() => get(`Group?_id=${ids.join(',')}&${asked}`))).toBe(0);
      },
    );

    it('anew after a patient has come, and after one has gone', async () => {
      await quantities();
      await load([born('ev-2')]);
      const withTwo = await quantities();
      await deleteResource(service, 'Patient', 'ev-2');
      const without = await quantities();

      expect(Number(withTwo['EV-AGE']) - Number(without['EV-AGE'])).toBe(1);
      expect(Number(withTwo['EV-ALL']) - Number(without['EV-ALL'])).toBe(1);
    });

    it('anew for a write that was under way when they were found', async () => {
      const writer = service.dataSource.createQueryRunner();
      await writer.startTransaction();
      try {
        await writer.query(
          `insert into clinical.resource
             (last_updated, version, type, id, patient_id, content_digest, content)
           values (clinical.write_instant(), 1, 'Patient', 'ev-3', 'ev-3', '\\x00', $1)`,
          [born('ev-3')],
        );
        const before = await quantities();
        await writer.commitTransaction();
        const after = await quantities();

        expect(Number(after['EV-AGE']) - Number(before['EV-AGE'])).toBe(1);
      } finally {
        await writer.release();
      }
    });

    it('anew for other criteria', async () => {
      await quantities();
      await patientLists(service).update('EV-ALL', { criteria: { age: { min: 120 } } });

      const found = await quantities();

      expect(found['EV-ALL']).toBe(found['EV-AGE']);
    });

    it('anew when time alone has changed who belongs to them', async () => {
      expect(await quantities()).toMatchObject({ 'EV-SEEN': 1 });
      await service.clock.advance(23.5 * 3600);

      expect(await quantities()).toMatchObject({ 'EV-SEEN': 0 });
    });
  });

  describe('where the record leaves doubt', () => {
    const AT = '2026-06-15T12:00:00Z';
    const members = async (criteria: Criteria): Promise<readonly string[]> => {
      const id = `D-${Math.random().toString(36).slice(2)}`;
      await segment(id, { and: [{ everyone: true }, criteria] });
      await service.dataSource.query(
        `update groups.group_version set last_updated = '2000-01-01' where group_id = $1`,
        [id],
      );
      return (await cohort(id, AT)).filter((patient) => patient.startsWith('d-'));
    };
    const put = async (
      type: string,
      id: string,
      patient: string,
      content: string,
    ): Promise<void> => {
      await writePast(
        service.dataSource,
        `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
         values ('2026-01-01', 1, $1, $2, $3, '\\x00', $4)`,
        [type, id, patient, content],
      );
    };
    const patient = (id: string, rest: object): Promise<void> =>
      put('Patient', id, id, JSON.stringify({ resourceType: 'Patient', id, ...rest }));

    beforeAll(async () => {
      await patient('d-year', { birthDate: '2008' });
      await patient('d-month', { birthDate: '2008-06' });
      await patient('d-before', { birthDate: '2008-06-15' });
      await patient('d-after', { birthDate: '2008-06-16' });
      await patient('d-none', {});
      await patient('d-odd', { birthDate: '2008-99-99x', gender: 7 });
      await patient('d-unborn', { birthDate: '2027-01-01' });
      await patient('d-gone', { birthDate: '1950-01-01', gender: 'male' });
      await writePast(
        service.dataSource,
        `with gone as (delete from clinical.resource where type = 'Patient' and id = 'd-gone' returning *)
         insert into clinical.resource_history (last_updated, superseded_at, version, deleted, type, id, patient_id)
         select '2026-02-01', 'infinity', 2, true, type, id, patient_id from gone`,
      );
      const codes = { system: SNOMED, code: 'c"1\\' };
      const condition = (id: string, owner: string, rest: object): Promise<void> =>
        put('Condition', id, owner, JSON.stringify({ id, code: { coding: [codes] }, ...rest }));
      await condition('d-c1', 'd-year', { note: [{ text: 'half a pair \ud800, and \u0000' }] });
      await condition('d-c2', 'd-month', {
        verificationStatus: { coding: [{ code: 'entered-in-error' }] },
      });
      await condition('d-c3', 'd-gone', {});
      const encounter = (id: string, owner: string, start: string, status = 'finished') =>
        put('Encounter', id, owner, JSON.stringify({ id, status, period: { start } }));
      await encounter('d-e1', 'd-year', '2026');
      await encounter('d-e2', 'd-month', '2026-05-31T23:00:00-04:00');
      await encounter('d-e3', 'd-before', '2026-02-31');
      await encounter('d-e4', 'd-after', '2026-06-20');
      await encounter('d-e5', 'd-none', '2026-06-14', 'cancelled');
      await encounter('d-e6', 'd-odd', 'yesterday');
    });

    it.each([
      ['of age only who is so on every day that is possible', { age: { min: 18 } }, ['d-before']],
      ['under age likewise, and nobody who is not born', { age: { max: 17 } }, ['d-after']],
      [
        'not of age: never somebody who may be',
        { not: { age: { min: 18 } } },
        ['d-after', 'd-unborn'],
      ],
      [
        'by the year alone where it suffices',
        { age: { min: 17, max: 18 } },
        ['d-after', 'd-before', 'd-month', 'd-year'],
      ],
      ['without a gender, neither one nor its negation', { not: { gender: 'male' } }, ['d-odd']],
      [
        'by a code with characters that JSON escapes; what was entered in error is no diagnosis',
        { condition: { code: `${SNOMED}|c"1\\` } },
        ['d-year'],
      ],
      ['seen in a zone of its own', { encounter: { since: '2026-06-01T02:00:00Z' } }, ['d-month']],
      [
        'seen certainly, not perhaps (a year alone), in the future, or in a visit that was cancelled',
        { encounter: { since: '2026-03-01' } },
        ['d-before', 'd-month'],
      ],
      [
        'not seen: never somebody who may have been',
        { not: { encounter: { since: '2026-06-01' } } },
        ['d-after', 'd-before', 'd-none', 'd-unborn'],
      ],
      [
        'seen within days, counted back from the instant',
        { encounter: { withinDays: 15 } },
        ['d-month'],
      ],
      [
        'not deceased',
        { not: { deceased: true } },
        ['d-after', 'd-before', 'd-month', 'd-none', 'd-odd', 'd-unborn', 'd-year'],
      ],
    ])('takes patients %s', async (_case, criteria, expected) => {
      expect(await members(criteria)).toStrictEqual(expected);
    });
  });
});
