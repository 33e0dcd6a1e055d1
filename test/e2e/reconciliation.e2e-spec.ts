import request, { type Response } from 'supertest';

import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { type Count, download, kickOff, type Manifest, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';

describe('An export', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      [
        ...['p', 'q', 'r'].map((id) => given('Patient', id)),
        ...['a', 'b', 'c'].map((id) =>
          given('Goal', id, { subject: to('Patient', 'p'), expressedBy: to('Practitioner', 'd') }),
        ),
        given('Goal', 'elsewhere', { subject: to('Patient', 'r') }),
        // In the compartments of two members, and of a member and a stranger.
        given('Appointment', 'x', {
          participant: [{ actor: to('Patient', 'p') }, { actor: to('Patient', 'q') }],
        }),
        given('CarePlan', 'y', { subject: to('Patient', 'r'), contributor: [to('Patient', 'p')] }),
        ...['d', 'stranger'].map((id) => given('Practitioner', id)),
        given('Provenance', 'v', { target: [to('Goal', 'a')] }),
      ],
      { G: ['p', 'q'], empty: [] },
      { RETRY_AFTER_MAX_SECONDS: '1' },
    );
  });

  afterAll(() => service.close());

  afterEach(async () => {
    await service.dataSource.query('drop function if exists public.planted() cascade');
  });

  async function exported(path: string, isDamaged = false): Promise<Manifest> {
    const statusUrl = await kickOff(service, path, service.token);
    return manifestOf(service, statusUrl, service.token, isDamaged);
  }

  function counts({ extension }: Manifest): ReadonlyMap<string, Count> {
    const told = extension?.['urn:ehr-bulk-data:counts'];
    return new Map((told ?? []).map(({ type = '*', ...count }) => [type, count]));
  }

  /** Files' own counts, by type. */
  function filed({ output }: Manifest, type: string): number {
    return output.filter((file) => file.type === type).reduce((sum, { count }) => sum + count, 0);
  }

  /** SQL that runs when an event of a table comes to pass, as damage to the store does. */
  async function plant(when: string, sql: string): Promise<void> {
    await service.dataSource.query(`
      create or replace function public.planted() returns trigger language plpgsql as $planted$
      begin ${sql}; return new; end $planted$`);
    await service.dataSource.query(
      `create or replace trigger planted ${when} execute function public.planted()`,
    );
  }

  const WHEN_PLANNED = `after update of state on export.job for each row
    when (old.state = 'planning' and new.state = 'running')`;

  async function errorsOf(manifest: Manifest): Promise<readonly string[]> {
    const lines = await Promise.all(manifest.error.map(({ url }) => download(url, service.token)));
    return lines.flatMap((text) => text.split('\n').filter((line) => line !== ''));
  }

  it.each(['$export', 'Patient/$export', 'Group/G/$export'])(
    'holds of each type as many resources as were counted apart: %s',
    async (path) => {
      const manifest = await exported(path);

      const told = counts(manifest);
      expect([...told.keys()]).toStrictEqual(
        expect.arrayContaining(
          OFFERED_BY_DEFAULT.filter((type) => !['Binary', 'Group', 'Provenance'].includes(type)),
        ),
      );
      for (const [type, { expected, given: held, told: missing }] of told) {
        expect([type, held, missing]).toStrictEqual([type, expected, 0]);
        expect([type, held]).toStrictEqual([type, filed(manifest, type)]);
      }
      expect(told.get('Goal')?.expected).toBe(path.startsWith('Group') ? 3 : 4);
    },
  );

  it.each([
    ['since', 'Group/G/$export?_type=Goal&_since=2001-01-01T00:00:00Z', 'Goal', 3],
    ['searches', 'Group/G/$export?_type=Goal&_typeFilter=Goal%3F_id%3Da', 'Goal', 1],
    ['blocks', 'Group/G/$export?_type=Goal,Patient&organizeOutputBy=Patient', '*', 5],
  ])('is counted with %s, too', async (_, path, type, expected) => {
    const manifest = await exported(path);

    expect(counts(manifest).get(type)).toStrictEqual({ expected, given: expected, told: 0 });
  });

  it('is counted with what has come to a client by new members', async () => {
    const lists = patientLists(service);
    const { transactionTime } = await exported('Group/G/$export?_type=Goal');
    await lists.add('G', ['r']);

    const manifest = await exported(`Group/G/$export?_type=Goal&_since=${transactionTime}`);
    await lists.remove('G', ['r']);

    expect(counts(manifest).get('Goal')).toStrictEqual({ expected: 1, given: 1, told: 0 });
  });

  it('counts what cannot be read, and is told of, as missing', async () => {
    const set = (content: string): Promise<unknown> =>
      service.dataSource.query(
        `update clinical.resource set content = $1 where type = 'Goal' and id = 'b'`,
        [content],
      );
    const [{ content } = { content: '' }] = await service.dataSource.query<{ content: string }[]>(
      `select content from clinical.resource where type = 'Goal' and id = 'b'`,
    );
    await set('');
    try {
      const plain = await exported('Group/G/$export?_type=Goal');
      const searched = await exported(
        'Group/G/$export?_type=Goal,Patient&_typeFilter=Goal%3Flifecycle-status%3Dactive',
      );

      expect(counts(plain).get('Goal')).toStrictEqual({ expected: 3, given: 2, told: 1 });
      expect(counts(searched).get('Goal')).toStrictEqual({ expected: 1, given: 0, told: 1 });
    } finally {
      await set(content);
    }
  });

  it('is read again when it holds less than was counted, and is whole then', async () => {
    await service.dataSource.query(
      'create table public.lost as table clinical.resource with no data',
    );
    await plant(
      WHEN_PLANNED,
      `insert into public.lost select * from clinical.resource where type = 'Goal' and id = 'a';
       delete from clinical.resource where type = 'Goal' and id = 'a'`,
    );
    await service.dataSource.query(`
      create function public.mended() returns trigger language plpgsql as $mended$
      begin perform set_config('session_replication_role', 'replica', true);
      insert into clinical.resource select * from public.lost; delete from public.lost;
      perform set_config('session_replication_role', 'origin', true);
      return new; end $mended$`);
    await service.dataSource.query(`
      create trigger mended after update of state on export.part for each row
      when (old.state = 'completed' and new.state = 'pending') execute function public.mended()`);
    try {
      const manifest = await exported('Group/G/$export?_type=Goal,Patient');

      expect(counts(manifest).get('Goal')).toStrictEqual({ expected: 3, given: 3, told: 0 });
      expect(filed(manifest, 'Goal')).toBe(3);
      expect(manifest.error).toStrictEqual([]);
    } finally {
      await service.dataSource.query('drop function public.mended() cascade');
      await service.dataSource.query('drop table public.lost');
    }
  });

  it('tells of what is missing still when it was read again', async () => {
    await plant(WHEN_PLANNED, `delete from clinical.resource where type = 'Goal' and id = 'c'`);

    const manifest = await exported('Group/G/$export?_type=Goal,Patient', true);

    expect(counts(manifest).get('Goal')).toStrictEqual({ expected: 3, given: 2, told: 0 });
    expect(filed(manifest, 'Goal')).toBe(2);
    const [line = '', ...others] = await errorsOf(manifest);
    expect(others).toStrictEqual([]);
    const { issue } = JSON.parse(line) as { issue: Record<string, unknown>[] };
    expect(issue).toMatchObject([{ severity: 'error', code: 'incomplete', expression: ['Goal'] }]);
    expect(issue[0]?.['diagnostics']).toMatch(/^Goal: 3 resources were counted, the files hold 2;/);
  });

  describe('with _dry-run', () => {
    interface Told {
      readonly name: string;
      readonly valueInteger?: number;
      readonly valueDecimal?: number;
      readonly valueCode?: string;
      readonly part?: readonly Told[];
    }
    type Sizes = Readonly<Record<string, readonly [resources: number, bytes: number]>>;

    const dryRun = (path: string): Promise<Response> =>
      Promise.resolve(
        request(service.url)
          .get(`/fhir/${path}${path.includes('?') ? '&' : '?'}_dry-run`)
          .auth(service.token, { type: 'bearer' }),
      );
    const told = ({ body }: Response): readonly Told[] =>
      (body as { parameter: readonly Told[] }).parameter;
    const sizes = (answer: Response): Sizes =>
      Object.fromEntries(
        told(answer)
          .filter(({ name }) => name === 'type')
          .map(({ part = [] }) => [
            part[0]?.valueCode ?? '',
            [part[1]?.valueDecimal ?? 0, part[2]?.valueDecimal ?? 0],
          ]),
      );
    const exportedSizes = async (path: string): Promise<Sizes> => {
      const manifest = await exported(path);
      const jobId = manifest.output[0]?.url.split('/').at(-2);
      const rows = await service.dataSource.query<{ type: string; sizes: [number, number] }[]>(
        `select type, array[sum(resources), sum(bytes)]::float8[] as sizes from export.file
         where job_id = $1 and section = 'output' group by type`,
        [jobId],
      );
      return Object.fromEntries(rows.map((row) => [row.type, row.sizes]));
    };
    const leftBehind = (): Promise<unknown> =>
      service.dataSource.query(
        `select (select count(*) from export.job)::int as jobs,
           (select count(*) from export.cohort_member m
            where not exists (select from export.job j where j.id = m.job_id))::int as members`,
      );

    it.each([
      'Group/G/$export',
      'Group/G/$export?_type=Patient,Goal,Provenance,Practitioner',
      'Group/G/$export?_type=Goal&_typeFilter=Goal%3F_id%3Da,b',
      'Group/G/$export?_type=Patient,Goal&_elements=id',
      'Group/G/$export?_type=Goal&_since=2020-01-01T00:00:00Z',
      'Group/G/$export?_type=Goal,Patient&organizeOutputBy=Patient',
      'Patient/$export',
    ])('tells of %s what it would give, byte by byte, and leaves nothing behind', async (path) => {
      const before = await leftBehind();

      const answer = await dryRun(path);

      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty('content-location');
      expect(await leftBehind()).toStrictEqual(before);
      const whole = path.replace('&organizeOutputBy=Patient', '');
      expect(sizes(answer)).toStrictEqual(await exportedSizes(whole));
    });

    it('counts what a whole system has exactly', async () => {
      const answer = await dryRun('$export');

      const given = Object.entries(await exportedSizes('$export'));
      expect(Object.entries(sizes(answer)).map(([type, [resources]]) => [type, resources])).toEqual(
        expect.arrayContaining(given.map(([type, [resources]]) => [type, resources])),
      );
    });

    it('says nobody and nothing of an empty group', async () => {
      const parameters = told(await dryRun('Group/empty/$export'));

      expect(parameters.map(({ name }) => name)).toStrictEqual([
        ...['transactionTime', 'patients', 'resources', 'bytes', 'seconds'],
      ]);
      expect(parameters[1]?.valueInteger).toBe(0);
    });

    it('is taken by POST, answered in XML, on record, and free of Idempotency-Key', async () => {
      const post = (accept: string): Promise<Response> =>
        Promise.resolve(
          request(service.url)
            .post('/fhir/Group/G/$export')
            .set({ Accept: accept, 'Content-Type': 'application/fhir+json' })
            .set('Idempotency-Key', 'dry')
            .auth(service.token, { type: 'bearer' })
            .send({
              resourceType: 'Parameters',
              parameter: [
                { name: '_dry-run', valueBoolean: true },
                { name: 'patient', valueReference: { reference: 'Patient/p' } },
              ],
            }),
        );

      const [json, xml] = [await post('application/fhir+json'), await post('application/fhir+xml')];

      expect(told(json)[1]).toStrictEqual({ name: 'patients', valueInteger: 1 });
      expect(xml.text).toContain('<Parameters xmlns="http://hl7.org/fhir">');
      const [event] = await service.dataSource.query<object[]>(
        `select action, group_id, detail from audit.event where action = 'export.dry-run' order by id desc limit 1`,
      );
      expect(event).toMatchObject({ group_id: 'G', detail: { patients: 1 } });
    });

    it.each([
      ['Group/nobody/$export', 404],
      ['Group/G/$export?_type=Nonsense', 400],
      ['Group/G/$export?_dry-run=false', 400],
    ])('refuses %s as an export is refused, with %d', async (path, status) => {
      expect((await dryRun(path)).status).toBe(status);
    });

    it('is never ignored: what is neither true nor false is refused, with handling=lenient, too', async () => {
      const lenient = (query: string): Promise<Response> =>
        Promise.resolve(
          request(service.url)
            .get(`/fhir/Group/G/$export?${query}`)
            .set('Prefer', 'handling=lenient')
            .auth(service.token, { type: 'bearer' }),
        );

      expect((await lenient('_dry-run=perhaps')).status).toBe(400);
      expect((await lenient('_dry-run:x=true')).status).toBe(400);
    });

    it('runs once at a time for an app: another is told to come again', async () => {
      const held = service.dataSource.createQueryRunner();
      await held.startTransaction();
      await held.query(
        `select pg_advisory_xact_lock(hashtext('export.dry-run of app'), hashtext($1))`,
        [service.client.id],
      );

      const answer = await dryRun('Group/G/$export');
      await held.rollbackTransaction();
      await held.release();

      expect([answer.status, answer.headers['retry-after']]).toStrictEqual([429, '5']);
      expect((await dryRun('Group/G/$export')).status).toBe(200);
    });

    it('counts a large group exactly, and weighs some of its members for all', async () => {
      const ids = Array.from({ length: 1200 }, (_, n) => `many-${n}`);
      await service.load([
        ...ids.map((id) => given('Patient', id)),
        ...ids.map((id, n) =>
          given('Goal', id, {
            subject: to('Patient', id),
            description: { text: '.'.repeat(n % 100) },
          }),
        ),
      ]);
      await patientLists(service).create({ id: 'MANY', name: 'MANY' });
      await patientLists(service).add('MANY', ids);
      const path = 'Group/MANY/$export?_type=Patient,Goal,Group';

      const answer = sizes(await dryRun(path));

      const exact = await exportedSizes(path);
      for (const [type, [resources, bytes]] of Object.entries(exact)) {
        const [counted, weighed] = answer[type] ?? [0, 0];
        expect([type, counted]).toStrictEqual([type, resources]);
        expect(Math.abs(weighed / bytes - 1)).toBeLessThan(0.1);
      }
    });
  });
});
