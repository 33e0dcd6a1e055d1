import fc from 'fast-check';
import request from 'supertest';

import { AppRegistry } from '../../src/auth';
import { PatientLists, UnusedRosters } from '../../src/groups';
import { kickOff, manifestOf } from '../support/export';
import { startGivenApp, given, type GivenApp } from '../support/given-app';
import { type RegisteredApp, registerApp } from '../support/registered-app';
import { KINDS, PEOPLE, RosterWorld } from '../support/roster-world';

const MRN = 'urn:example:mrn';
/** More rounds of the search for a way around: `ROSTER_RUNS=10000`. */
const RUNS = Number(process.env['ROSTER_RUNS'] ?? '50');
const DAY = 86_400;

const patient = (id: string, mrn: string, rest: object = {}): ReturnType<typeof given> =>
  given('Patient', id, { identifier: [{ system: MRN, value: mrn }], ...rest });
const byId = (id: string): object => ({ entity: { reference: `Patient/${id}` } });
const byMrn = (value: string): object => ({ entity: { identifier: { system: MRN, value } } });
const group = (member: readonly object[], rest: object = {}): object => ({
  ...{ resourceType: 'Group', type: 'person', actual: true, name: 'Mine', member },
  ...rest,
});

const INPUT = [
  patient('p1', 'M1'),
  patient('p2', 'M2'),
  patient('p3', 'DUP'),
  patient('p4', 'DUP'),
  patient('p5', 'OLD', { link: [{ type: 'replaced-by', other: { reference: 'Patient/p6' } }] }),
  patient('p6', 'OLD'),
  patient('out1', 'X1'),
  patient('out2', 'X2'),
  given('Goal', 'g1', { subject: { reference: 'Patient/p1' } }),
  given('Goal', 'g-out', { subject: { reference: 'Patient/out1' } }),
];
const SCOPE = 'system/*.rs system/Group.cud';

interface Read {
  readonly quantity: number;
  readonly meta: { readonly versionId: string };
  readonly extension: readonly {
    readonly url: string;
    readonly valueUnsignedInt?: number;
    readonly valueDateTime?: string;
  }[];
  readonly member?: readonly {
    readonly extension?: readonly { readonly valueCode: string }[];
    readonly entity: { readonly reference?: string; readonly identifier?: { value: string } };
  }[];
}

describe('A group that an app keeps', () => {
  let service: GivenApp;
  let keeper: RegisteredApp;
  let token: string;

  beforeAll(async () => {
    service = await startGivenApp(
      INPUT,
      { IN: ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'], OTHER: ['out1', 'out2'] },
      { OWN_GROUPS_KEPT_DAYS: '3' },
    );
    keeper = await registerApp(service, { groups: ['IN'], ownGroups: 1000, ownGroupMembers: 6 });
    token = await keeper.token(SCOPE);
  });

  afterAll(() => service.close());

  const send = (method: 'post' | 'put' | 'delete', path: string, by = token): request.Test =>
    request(service.url)[method](`/fhir/${path}`).auth(by, { type: 'bearer' });
  const sendJson = (method: 'post' | 'put', path: string, body: object, by = token): request.Test =>
    send(method, path, by).set('Content-Type', 'application/fhir+json').send(JSON.stringify(body));
  const made = async (members: readonly object[], by = token): Promise<string> => {
    const answer = await sendJson('post', 'Group', group(members), by);
    expect([answer.status, answer.text]).toStrictEqual([201, '']);
    return String(answer.headers['location']).split('/').at(-1) ?? '';
  };
  const read = async (id: string, by = token): Promise<Read> => {
    const answer = await request(service.url)
      .get(`/fhir/Group/${id}`)
      .auth(by, { type: 'bearer' })
      .expect(200);
    return answer.body as Read;
  };
  const patientsOf = async (id: string, by = token): Promise<readonly string[]> => {
    const lines = await service.exported(`Group/${id}/$export?_type=Patient`, by);
    return (lines.get('Patient') ?? [])
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .sort();
  };
  const registry = (): AppRegistry => service.app.get(AppRegistry, { strict: false });
  const tally = ({ extension }: Read): readonly number[] =>
    extension.flatMap(({ valueUnsignedInt }) => valueUnsignedInt ?? []);
  const keptUntil = ({ extension }: Read): string =>
    extension.find(({ url }) => url === 'urn:ehr-bulk-data:kept-until')?.valueDateTime ?? '';

  it('is made with Location and ETag, and exported at once: the members with their data, and the Group (GR-01, BC-01, BC-03, BC-05)', async () => {
    const answer = await sendJson('post', 'Group', group([byId('p1'), byMrn('M2')])).set(
      'Prefer',
      'return=representation',
    );
    const { id } = answer.body as { id: string };
    const lines = await service.exported(`Group/${id}/$export`, token);
    const [exported = '{}'] = lines.get('Group') ?? [];

    expect(answer.headers).toMatchObject({
      location: `${service.fhirBase}/Group/${id}`,
      etag: 'W/"1"',
    });
    expect([lines.get('Patient')?.length, lines.get('Goal')?.length]).toStrictEqual([2, 1]);
    expect(JSON.parse(exported)).toMatchObject({
      ...{ id, quantity: 2 },
      member: [byId('p1'), byId('p2')],
    });
  });

  it('gives nobody whom its keeper may not choose, and tells them from nobody else (SEC-12)', async () => {
    const id = await made([byId('out1'), byMrn('X2'), byId('nobody'), byMrn('none'), byId('p1')]);
    const { member, quantity, ...rest } = await read(id);

    expect(await patientsOf(id)).toStrictEqual(['p1']);
    expect([quantity, tally({ member, quantity, ...rest })]).toStrictEqual([1, [4, 0]]);
    expect(member?.filter(({ extension }) => extension?.[0]?.valueCode === 'unknown')).toHaveLength(
      4,
    );
  });

  it('finds members by identifier: unknown ones when they arrive, ambiguous ones never, of replaced ones who took their place', async () => {
    const id = await made([byMrn('LATE'), byMrn('DUP'), byMrn('OLD')]);
    const before = await read(id);
    const exportedBefore = await patientsOf(id);
    await service.load([patient('late', 'LATE')]);
    await service.app.get(PatientLists, { strict: false }).add('IN', ['late']);

    expect(tally(before)).toStrictEqual([1, 1]);
    expect(before.member?.map(({ entity: { reference } }) => reference)).toStrictEqual([
      undefined,
      undefined,
      'Patient/p6',
    ]);
    expect(exportedBefore).toStrictEqual(['p6']);
    expect(await patientsOf(id)).toStrictEqual(['late', 'p6']);
  });

  it('is neither seen nor exported by others, unless their licence names it; they see members, not entries (KO-15)', async () => {
    const id = await made([byMrn('M1'), byMrn('none')]);
    const stranger = await registerApp(service);
    const strange = await stranger.token(SCOPE);
    const looks = [`Group/${id}`, `Group/${id}/$export`, `Group?_id=${id}`];
    const statuses = async (by: string): Promise<readonly unknown[]> =>
      Promise.all(
        looks.map(async (path) => {
          const answer = await request(service.url)
            .get(`/fhir/${path}`)
            .auth(by, { type: 'bearer' });
          return [answer.status, (answer.body as { total?: number }).total];
        }),
      );
    const before = await statuses(strange);
    const own = await request(service.url)
      .get(`/fhir/Group?_id=${id}`)
      .auth(token, { type: 'bearer' });
    const named = await registerApp(service, { groups: [id] });

    expect(before).toStrictEqual([
      [404, undefined],
      [404, undefined],
      [200, 0],
    ]);
    expect(own.body).toMatchObject({ total: 1 });
    expect((await send('delete', `Group/${id}`, strange)).status).toBe(403);
    expect((await read(id, await named.token())).member).toStrictEqual([byId('p1')]);
    expect(await patientsOf(id, await named.token())).toStrictEqual(['p1']);
  });

  it('is replaced and deleted by its keeper alone, if its version is the one expected (BC-06)', async () => {
    const id = await made([byId('p1'), byId('p2')]);
    const other = await registerApp(service, { groups: ['IN'], ownGroups: 1 });
    const body = group([byId('p2'), { ...byId('p3'), inactive: true }, byId('p4')], {
      id,
      name: 'New',
    });
    const foreign = await sendJson('put', `Group/${id}`, body, await other.token(SCOPE));
    const late = await sendJson('put', `Group/${id}`, body).set('If-Match', 'W/"7"');
    const answer = await sendJson('put', `Group/${id}`, body).set('If-Match', 'W/"1"');
    const members = await patientsOf(id);
    const deletions = [
      (await send('delete', `Group/${id}`).set('If-Match', 'W/"1"')).status,
      (await send('delete', `Group/${id}`)).status,
      (await send('delete', `Group/${id}`)).status,
    ];

    expect([foreign.status, late.status, answer.status, answer.headers['etag']]).toStrictEqual([
      ...[404, 412, 200, 'W/"2"'],
    ]);
    expect(members).toStrictEqual(['p2', 'p4']);
    expect(deletions).toStrictEqual([412, 204, 404]);
  });

  it('takes members in and out, by Parameters, CSV and NDJSON', async () => {
    const id = await made([]);
    const change = (operation: string, type: string, body: string): request.Test =>
      send('post', `Group/${id}/$member-${operation}`).set('Content-Type', type).send(body);
    const parameters = JSON.stringify({
      resourceType: 'Parameters',
      parameter: [
        { name: 'memberId', valueIdentifier: { system: MRN, value: 'M1', use: 'official' } },
        {
          name: 'providerNpi',
          valueIdentifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '1' },
        },
        { name: 'attributionPeriod', valuePeriod: { start: '2020-01-01' } },
      ],
    });
    const answers = [
      await change('add', 'application/fhir+json', parameters),
      await change('add', 'text/csv', `system,value\r\n${MRN},M2\r\n,p3\r\n"${MRN}","OLD"\r\n`),
      await change(
        'add',
        'application/fhir+ndjson',
        `{"system":"${MRN}","value":"M2"}\n{"reference":"Patient/p4"}\n`,
      ),
      await change('remove', 'text/csv', `${MRN},M1\n,p4\n,never\n`),
    ];

    expect(
      answers.map(({ status, body }) => [status, (body as Outcome).issue[0]?.diagnostics]),
    ).toStrictEqual([
      [200, '1 entries were added, 0 ended.'],
      [200, '3 entries were added, 0 ended.'],
      [200, '1 entries were added, 0 ended.'],
      [200, '0 entries were added, 2 ended.'],
    ]);
    expect(answers.at(-1)?.headers['etag']).toBe('W/"5"');
    expect(await patientsOf(id)).toStrictEqual(['p2', 'p3', 'p6']);
  });

  it('keeps to the limits of the licence, whichever way members come', async () => {
    const small = await registerApp(service, { groups: ['IN'], ownGroups: 1, ownGroupMembers: 2 });
    const by = await small.token(SCOPE);
    const three = ['p1', 'p2', 'p3'].map(byId);
    const tooMany = await sendJson('post', 'Group', group(three), by);
    const id = await made(three.slice(1), by);
    const upload = await send('post', `Group/${id}/$member-add`, by)
      .set('Content-Type', 'text/csv')
      .send(',p1\n');
    const second = await sendJson('post', 'Group', group([]), by);

    expect([tooMany.status, upload.status, second.status]).toStrictEqual([422, 422, 422]);
    expect(await patientsOf(id, by)).toStrictEqual(['p2', 'p3']);
    await send('delete', `Group/${id}`, by).expect(204);
    await made([], by);
  });

  it('wants a licence and a scope, and hides when the licence is withdrawn', async () => {
    const reader = await registerApp(service, { groups: ['IN'] });
    const id = await made([byId('p1')]);
    const named = await registerApp(service, { groups: [id] });
    const readOnly = await keeper.token('system/*.rs');
    const refused = [
      await sendJson('post', 'Group', group([]), await reader.token('system/*.rs')),
      await sendJson('post', 'Group', group([]), readOnly),
      await send('post', `Group/${id}/$member-add`, readOnly)
        .set('Content-Type', 'text/csv')
        .send(',p2\n'),
    ];
    await registry().changeLicence(keeper.id, { ownGroups: 0 });
    try {
      const hidden = await request(service.url)
        .get(`/fhir/Group/${id}`)
        .auth(token, { type: 'bearer' });
      const exported = await request(service.url)
        .get(`/fhir/Group/${id}/$export`)
        .auth(await named.token(), { type: 'bearer' });

      expect([hidden.status, exported.status]).toStrictEqual([404, 422]);
    } finally {
      await registry().changeLicence(keeper.id, { ownGroups: 1000 });
    }
    expect(refused.map(({ status }) => status)).toStrictEqual([403, 403, 403]);
  });

  it('is cut to whom its keeper may choose at each export, and hides a running export with the licence', async () => {
    const id = await made([byId('p1'), byMrn('M2')]);
    const lists = service.app.get(PatientLists, { strict: false });
    await lists.remove('IN', ['p2']);
    const cut = await patientsOf(id);
    await lists.add('IN', ['p2']);
    const everyone = await registerApp(service, {
      groups: [],
      ownGroups: 1,
      choosesFromEveryone: true,
    });
    const by = await everyone.token(SCOPE);
    const wide = await made([byMrn('X1'), byId('p1')], by);
    const goal = (gid: string): request.Test =>
      request(service.url).get(`/fhir/Goal/${gid}`).auth(by, { type: 'bearer' });

    expect(cut).toStrictEqual(['p1']);
    expect(await patientsOf(wide, by)).toStrictEqual(['out1', 'p1']);
    // Reading of single resources goes by the same groups.
    expect([(await goal('g-out')).status, (await goal('g1')).status]).toStrictEqual([200, 200]);
  });

  it('tells in a chain of exports who has come and gone (PR-13)', async () => {
    await service.load([patient('m1', 'MOVES')]);
    await service.app
      .get(PatientLists, { strict: false })
      .add('IN', ['m1', 'm2'], { allowUnknown: true });
    const id = await made([byMrn('MOVES')]);
    const kicked = await kickOff(service, `Group/${id}/$export?_type=Patient`, token);
    const { output, transactionTime: since } = await manifestOf(service, kicked, token);
    await service.load([patient('m1', 'OTHER'), patient('m2', 'MOVES')]);
    const second = await service.exported(
      `Group/${id}/$export?_type=Patient&_since=${since}`,
      token,
    );

    expect(output.map(({ count }) => count)).toStrictEqual([1]);
    expect(
      second.get('Patient')?.map((line) => (JSON.parse(line) as { id: string }).id),
    ).toStrictEqual(['m2']);
  });

  it.each<[string, object, string]>([
    ['another type', { resourceType: 'Patient' }, 'resourceType'],
    ['animals', group([], { type: 'animal' }), 'Group.type'],
    ['a description', group([], { actual: false }), 'Group.actual'],
    ['no name', group([], { name: ' ' }), 'Group.name'],
    ['traits', group([], { characteristic: [{ exclude: true }] }), 'Group'],
    ['no list', group([], { member: {} }), 'Group.member'],
    ['nobody', group([{}]), 'Group.member[0].entity'],
    [
      'a device',
      group([{ entity: { reference: 'Device/1' } }]),
      'Group.member[0].entity.reference',
    ],
    [
      'another server',
      group([{ entity: { reference: 'https://x.example.org/Patient/1' } }]),
      'Group.member[0].entity.reference',
    ],
    [
      'no system',
      group([{ entity: { identifier: { value: 'Secret' } } }]),
      'Group.member[0].entity.identifier.system',
    ],
    [
      'no value',
      group([byId('p1'), { entity: { identifier: { system: MRN } } }]),
      'Group.member[1].entity.identifier.value',
    ],
    ['a flag that is none', group([{ ...byId('p1'), inactive: 'no' }]), 'Group.member[0].inactive'],
    [
      'a period backwards',
      group([{ ...byId('p1'), period: { start: '2026-02-01', end: '2026-01-01' } }]),
      'Group.member[0].period',
    ],
    [
      'what is not understood',
      group([{ ...byId('p1'), modifierExtension: [{}] }]),
      'Group.member[0]',
    ],
  ])('refuses %s, naming the place and no value (KR-04)', async (_, body, place) => {
    const { status, text } = await sendJson('post', 'Group', body);
    const { issue } = JSON.parse(text) as Outcome;

    expect([status, issue[0]?.expression]).toStrictEqual([400, [place]]);
    expect(text).not.toContain('Secret');
  });

  it.each([
    ['text/csv', 'a,b,c\n', 400, 'line 1'],
    ['text/csv', `${MRN},ok\nonly\n`, 400, 'line 2'],
    ['text/csv', `${MRN},"open\n`, 400, 'line 1'],
    ['text/csv', 'no uri,Secret\n', 400, 'line 1.system'],
    ['application/fhir+ndjson', '{"system":"urn:x","value":"1"}\n{"system"\n', 400, 'line 2'],
    ['application/fhir+ndjson', '[]\n', 400, 'line 1'],
    [
      'application/fhir+json',
      '{"resourceType":"Parameters","parameter":[]}',
      400,
      'Parameters.parameter',
    ],
    [
      'application/fhir+json',
      '{"resourceType":"Parameters","parameter":[{"name":"other"}]}',
      400,
      'Parameters.parameter[0].name',
    ],
    ['text/plain', 'p1', 415, 'Content-Type'],
  ])('refuses an upload as %s that holds %j', async (type, body, status, place) => {
    const id = await made([byId('p1')]);
    const answer = await send('post', `Group/${id}/$member-add`)
      .set('Content-Type', type)
      .send(body);

    expect([answer.status, (answer.body as Outcome).issue[0]?.expression]).toStrictEqual([
      status,
      [place],
    ]);
    expect(answer.text).not.toContain('Secret');
    expect((await read(id)).meta.versionId).toBe('1');
  });

  it('is on record: who made which group, by which means, and how large', async () => {
    const id = await made([byId('p1')]);
    await send('post', `Group/${id}/$member-add`).set('Content-Type', 'text/csv').send(',p2\n');
    await send('delete', `Group/${id}`);

    const events = await service.dataSource.query<object[]>(
      `select actor, action, app_id, detail from audit.event where group_id = $1 order by id`,
      [id],
    );
    const by = { actor: 'app', app_id: keeper.id };
    expect(events).toStrictEqual([
      {
        ...by,
        action: 'roster.created',
        detail: { means: 'resource', added: 1, removed: 0, members: 1 },
      },
      {
        ...by,
        action: 'roster.changed',
        detail: { means: 'upload', added: 1, removed: 0, members: 2 },
      },
      {
        ...by,
        action: 'roster.deleted',
        detail: { means: 'resource', added: 0, removed: 2, members: 0 },
      },
    ]);
  });

  it('has whom the model of its entries, its keeper’s groups and the patients has, and nobody else, whatever happens', async () => {
    const lists = service.app.get(PatientLists, { strict: false });
    await lists.create({ id: 'POP', name: 'Population' });
    await lists.create({ id: 'SEG', name: 'Women', criteria: { gender: 'female' } });
    const other = await registerApp(service, {
      ...{ groups: [], ownGroups: 1, choosesFromEveryone: true },
    });
    const foreign = await made(PEOPLE.map(byId), await other.token(SCOPE));
    const chooser = await registerApp(service, { groups: ['POP', 'SEG', foreign], ownGroups: 1 });
    const by = await chooser.token(SCOPE);
    const id = await made([], by);
    const world = new RosterWorld(
      service,
      { appId: chooser.id, groupId: id },
      foreign,
      (operation, csv) =>
        send('post', `Group/${id}/$member-${operation}`, by)
          .set('Content-Type', 'text/csv')
          .send(csv)
          .expect(200),
    );
    let runs = 0;
    const step = fc.record({
      kind: fc.constantFrom(...KINDS),
      who: fc.constantFrom(...PEOPLE),
      other: fc.constantFrom(...PEOPLE),
      female: fc.boolean(),
      replaced: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(step, async (one) => {
        await world.happen(one);
        const expected = world.expected();

        expect(await world.cohort()).toStrictEqual(expected);
        runs += 1;
        if (runs % 50 > 0) return;
        expect(await patientsOf(id, by)).toStrictEqual(expected);
        expect((await read(id, by)).quantity).toBe(expected.length);
      }),
      // The world goes on from run to run, so there is nothing to shrink.
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 3_600_000);

  it('ends when nobody has changed or exported it for OWN_GROUPS_KEPT_DAYS, and tells beforehand', async () => {
    const [forgotten, used] = [await made([byId('p1')]), await made([byId('p1')])];
    const [{ expected }] = await service.dataSource.query<[{ expected: Date }]>(
      `select last_updated + interval '3 days' as expected from groups.patient_group where id = $1`,
      [forgotten],
    );
    const told = keptUntil(await read(forgotten));
    await service.clock.advance(2 * DAY);
    await patientsOf(used);
    await service.app.get(UnusedRosters, { strict: false }).end();
    const before = await read(forgotten);
    await service.clock.advance(2 * DAY);
    await service.app.get(UnusedRosters, { strict: false }).end();
    const [event] = await service.dataSource.query<object[]>(
      `select actor, app_id, detail from audit.event where group_id = $1 and action = 'roster.expired'`,
      [forgotten],
    );

    expect([told, keptUntil(before)]).toStrictEqual([expected.toISOString(), told]);
    await request(service.url)
      .get(`/fhir/Group/${forgotten}`)
      .auth(token, { type: 'bearer' })
      .expect(404);
    expect(Date.parse(keptUntil(await read(used)))).toBeGreaterThan(Date.parse(told) + 1000 * DAY);
    expect(event).toStrictEqual({
      ...{ actor: 'service', app_id: keeper.id, detail: { removed: 1, keptDays: 3 } },
    });
  });
});

interface Outcome {
  readonly issue: readonly {
    readonly expression?: readonly string[];
    readonly diagnostics?: string;
  }[];
}
