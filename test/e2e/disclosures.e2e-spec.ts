import { randomUUID } from 'node:crypto';

import request, { type Response } from 'supertest';

import { recordCohort, recordedWith } from '../../src/cohort';
import type { Disclosure, DisclosureList } from '../../src/export-jobs';
import { Sweeper } from '../../src/export-jobs/worker/sweeper.service';
import { runCommand } from '../support/command-line';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { deleteResource, given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { patientLists } from '../support/groups';
import type { Given } from '../support/truth';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
const DAY = 86_400;

type Answer = Omit<Response, 'body'> & { readonly body: unknown };

const goal = (id: string, patient: string): Given =>
  given('Goal', id, { subject: to('Patient', patient) });

describe('Who got whose data', () => {
  let service: GivenApp;

  beforeAll(async () => {
    service = await startGivenApp(
      [
        ...['anna', 'bert', 'cleo', 'dora'].map((id) => given('Patient', id)),
        ...[goal('g1', 'anna'), goal('g2', 'bert')],
      ],
      { AB: ['anna', 'bert'], C: ['cleo'] },
      { ADMIN_TOKEN, RETRY_AFTER_MAX_SECONDS: '1', AUDIT_KEPT_DAYS: '10' },
    );
    await patientLists(service).create({
      id: 'SEGMENT',
      name: 'SEGMENT',
      criteria: { everyone: true },
    });
  });

  afterAll(() => service.close());

  const idOf = (statusUrl: string): string => statusUrl.split('/').at(-1) ?? '';
  const finished = (statusUrl: string): Promise<Manifest> =>
    manifestOf(service, statusUrl, service.token);
  const exported = async (path: string): Promise<string> => {
    const statusUrl = await kickOff(service, path, service.token);
    await finished(statusUrl);
    return idOf(statusUrl);
  };
  const ask = (query: string, accept = 'application/json'): Promise<Answer> =>
    Promise.resolve(
      request(service.url)
        .get(`/admin/disclosures?${query}`)
        .set('Accept', accept)
        .auth(ADMIN_TOKEN, { type: 'bearer' })
        .buffer(true),
    );
  const listOf = async (patient: string, more = ''): Promise<DisclosureList> =>
    (await ask(`patient=${patient}${more}`)).body as DisclosureList;
  const about = async (patient: string): Promise<readonly Disclosure[]> =>
    (await listOf(patient)).disclosures;
  const idsAbout = async (patient: string): Promise<readonly string[]> =>
    (await about(patient)).map((one) => one.export);

  it('tells the exports that held a patient, by list, segment, name, for all patients and the whole system, newest first', async () => {
    const ofOthers = await exported('Group/C/$export?_type=Patient');
    const ids = [
      await exported('Group/AB/$export?_type=Patient'),
      await exported('Group/SEGMENT/$export?_type=Patient'),
      await exported('Patient/$export?_type=Patient'),
      await exported('$export?_type=Patient'),
    ];
    const posted = await request(service.url)
      .post('/fhir/Patient/$export')
      .set('Content-Type', 'application/fhir+json')
      .auth(service.token, { type: 'bearer' })
      .send({
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueReference: { reference: 'Patient/anna' } },
          { name: '_type', valueString: 'Patient' },
        ],
      });
    ids.push(idOf(String(posted.headers['content-location'])));
    await finished(String(posted.headers['content-location']));

    const found = await about('anna');

    expect(found.map((one) => one.export)).toStrictEqual(ids.reverse());
    expect(found.map((one) => [one.level, one.group, one.isNamed])).toStrictEqual([
      ['patient', undefined, true],
      ['system', undefined, false],
      ['patient', undefined, false],
      ['group', 'SEGMENT', false],
      ['group', 'AB', false],
    ]);
    expect(await idsAbout('cleo')).toStrictEqual([...ids.slice(1, 4), ofOthers]);
    expect(await idsAbout('nobody')).toStrictEqual([]);
  });

  it('tells what was asked for, when, and which files were downloaded', async () => {
    const query =
      '_type=Patient,Goal&_since=2020-01-01T00:00:00Z&_typeFilter=Goal%3Flifecycle-status%3Dactive';
    const statusUrl = await kickOff(service, `Group/AB/$export?${query}`, service.token);
    const manifest = await finished(statusUrl);
    const [before] = await about('bert');
    for (const { url } of manifest.output) await download(url, service.token);

    const [after] = await about('bert');

    expect(before?.downloads).toStrictEqual({ count: 0, files: [] });
    expect(after).toMatchObject({
      ...{ export: idOf(statusUrl), app: service.client.id, state: 'completed' },
      parameters: {
        types: ['Patient', 'Goal'],
        since: '2020-01-01T00:00:00.000000Z',
        typeFilters: { Goal: ['lifecycle-status=active'] },
      },
      transactionTime: manifest.transactionTime,
      downloads: { count: 1, files: ['Patient.1.ndjson'], last: expect.any(String) as string },
    });
  });

  it('tells exports that were cancelled, withdrawn, have failed or have expired, long after their cohort has gone', async () => {
    const [cancelled, withdrawn, expired, failed] = [
      await exported('Group/AB/$export?_type=Patient'),
      await exported('Group/AB/$export?_type=Patient'),
      await exported('Group/AB/$export?_type=Patient'),
      await exported('Group/AB/$export?_type=Patient'),
    ];
    await service.dataSource.query(
      `update export.job set state = 'failed', progress = 99 where id = $1`,
      [failed],
    );
    const operate = (id: string, act: string): Promise<unknown> =>
      Promise.resolve(
        request(service.url)
          .post(`/admin/exports/${id}/${act}`)
          .auth(ADMIN_TOKEN, { type: 'bearer' }),
      );
    await operate(cancelled, 'cancel');
    await operate(withdrawn, 'expire');
    await service.clock.advance(2 * DAY);
    await service.app.get(Sweeper, { strict: false }).sweep();
    await service.app.get(Sweeper, { strict: false }).sweep();

    const found = (await about('anna')).slice(0, 4);

    expect(found.map((one) => [one.export, one.state])).toStrictEqual([
      [failed, 'expired'],
      [expired, 'expired'],
      [withdrawn, 'expired'],
      [cancelled, 'cancelled'],
    ]);
    await expect(
      service.dataSource.query('select from export.cohort_member where job_id = any ($1)', [
        [cancelled, withdrawn, expired],
      ]),
    ).resolves.toStrictEqual([]);
  });

  it('tells of patients who were deleted since, also exports of their deletion alone', async () => {
    const before = await exported('Patient/$export?_type=Patient');
    const [{ transactionTime = '' } = {}] = await about('dora');
    await deleteResource(service, 'Patient', 'dora');
    const deletion = await exported(
      `Patient/$export?_type=Patient&_since=${String(transactionTime)}`,
    );
    await exported('Patient/$export?_type=Patient');

    const found = await about('dora');

    expect(found.slice(0, 2).map((one) => [one.export, one.isDeparted])).toStrictEqual([
      [deletion, true],
      [before, false],
    ]);
  });

  it('answers in pages', async () => {
    const all = await idsAbout('anna');

    const first = await listOf('anna', '&count=2');
    const second = await listOf('Patient/anna', `&count=1&before=${String(first.next)}`);

    expect(first.disclosures.map((one) => one.export)).toStrictEqual(all.slice(0, 2));
    expect(second.disclosures.map((one) => one.export)).toStrictEqual(all.slice(2, 3));
    expect((await listOf('anna', '&count=200')).next).toBeUndefined();
  });

  it.each([
    ['', 400, 'patient'],
    ['patient=an%20id', 400, 'patient'],
    ['patient=anna&patient=bert', 400, 'patient'],
    ['patient=anna&count=0', 400, 'count'],
    ['patient=anna&before=odd', 400, 'before'],
    ['patient=anna&person=bert', 400, 'person'],
    ['patient=anna&_format=csv', 406, '_format'],
    ['patient=anna&_format=ndjson&before=odd', 400, 'before'],
  ])('refuses "%s" with %d and names what is at fault', async (query, status, name) => {
    expect(await ask(query)).toMatchObject({ status, body: { issue: [{ expression: [name] }] } });
  });

  it('gives AuditEvents of R4 in NDJSON by Accept, by _format, by POST and on the command line alike', async () => {
    const ids = await idsAbout('anna');
    const type = 'application/fhir+ndjson';
    const answers = [
      await ask('patient=anna', type),
      await ask('patient=anna&_format=application/fhir%2Bndjson'),
      await request(service.url)
        .post('/admin/disclosures')
        .set('Accept', type)
        .auth(ADMIN_TOKEN, { type: 'bearer' })
        .buffer(true)
        .send({ patient: 'anna' }),
    ];
    const printed = await runCommand(service.environment, [
      ...['disclosures', '--patient', 'anna', '--fhir'],
    ]);

    const text = answers[0]?.text ?? '';
    expect(answers.map((answer) => answer.headers['content-type'])).toStrictEqual(
      answers.map(() => expect.stringMatching(/^application\/fhir\+ndjson/) as string),
    );
    expect([...answers.map((answer) => answer.text), printed.stdout]).toStrictEqual(
      Array.from({ length: 4 }, () => text),
    );
    const events = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string });
    expect(events.map(({ id }) => id)).toStrictEqual(ids);
    expect(events.at(-1)).toMatchObject({
      resourceType: 'AuditEvent',
      type: { code: '110106' },
      outcome: '0',
      agent: [{ who: { identifier: { value: service.client.id } }, requestor: true }],
      entity: [
        { what: { reference: 'Patient/anna' } },
        { detail: expect.arrayContaining([{ type: '_type', valueString: 'Patient' }]) as unknown },
        { what: { reference: 'Group/AB' } },
      ],
    });
  });

  it('prints a table on the command line', async () => {
    const [newest] = await idsAbout('anna');

    const { stdout, stderr } = await runCommand(service.environment, [
      ...['disclosures', '--patient', 'anna', '--count', '1'],
    ]);

    expect(stderr).toBe('');
    expect(stdout).toContain(newest);
    expect(stdout).toContain('More: --before');
  });

  it('is put on record itself, without the id of the patient', async () => {
    await ask('patient=anna');
    await runCommand(service.environment, ['disclosures', '--patient', 'nobody']);

    const events = await service.dataSource.query<{ actor: string; detail: object }[]>(
      `select actor, detail from audit.event where action = 'disclosures.read' order by id desc limit 2`,
    );

    expect(events).toStrictEqual([
      { actor: 'operator', detail: { patientNumber: 'none' } },
      { actor: 'operator', detail: { patientNumber: expect.any(Number) as number } },
    ]);
  });

  it('says how many exports are not on record, as those of an older release', async () => {
    const { notOnRecord } = await listOf('anna');
    const id = await exported('Group/AB/$export?_type=Patient');
    await service.dataSource.query('update export.job set cohort_recorded = false where id = $1', [
      id,
    ]);

    await service.dataSource.query('delete from export.recorded_cohort where job_id = $1', [id]);

    expect(notOnRecord).toStrictEqual({ exports: 0 });
    expect((await listOf('anna')).notOnRecord).toStrictEqual({
      exports: 1,
      last: expect.any(String) as string,
    });
  });

  it('records numbers densely and sparsely without losing or adding anybody, also when two exports meet the same patients', async () => {
    const [all, half, few] = [randomUUID(), randomUUID(), randomUUID()];
    const chosen = (job: string, condition: string): Promise<unknown> =>
      service.dataSource.query(
        `insert into export.cohort_member (job_id, patient_id, slot)
         select '${job}', 'many-' || n, 0 from generate_series(1, 20000) n where ${condition}`,
      );
    await chosen(all, 'true');
    await chosen(half, 'hashint4(n) % 2 = 0');
    await chosen(few, 'n % 1000 = 7');

    await Promise.all(
      [all, half, few].map((job) =>
        service.dataSource.transaction((manager) => recordCohort(manager, job)),
      ),
    );

    const [counted] = await service.dataSource.query<object[]>(
      `with asked as materialized (select patient_id from export.patient_number where patient_id like 'many-%'),
       told as materialized (
         select a.patient_id, r.job_id from asked a
         cross join lateral (${recordedWith('a.patient_id')} offset 0) r)
       select (select count(*)::int from told) as told,
         (select count(*)::int from told t
          join export.cohort_member m on m.job_id = t.job_id and m.patient_id = t.patient_id) as right,
         (select count(*)::int from export.cohort_member where job_id in ('${all}', '${half}', '${few}')) as members,
         (select sum(length(bits))::int from export.recorded_cohort where job_id = '${half}') as bytes`,
    );
    const { told, right, members, bytes } = counted as Readonly<Record<string, number>>;
    expect([told, right]).toStrictEqual([members, members]);
    expect(members).toBeGreaterThan(29_000);
    expect(bytes).toBeLessThanOrEqual(4096);
  });

  it('forgets after AUDIT_KEPT_DAYS whom exports held, and patients whom nobody has taken since', async () => {
    await service.clock.advance(6 * DAY);
    const late = await exported('Group/C/$export?_type=Patient');
    await service.clock.advance(5 * DAY);
    await service.app.get(Sweeper, { strict: false }).sweep();

    const kept = await listOf('cleo');
    await service.clock.advance(11 * DAY);
    await service.dataSource.query(
      'delete from export.recorded_cohort r where not exists (select from export.job j where j.id = r.job_id)',
    );
    await service.app.get(Sweeper, { strict: false }).sweep();

    expect(kept.disclosures.map((one) => one.export)).toStrictEqual([late]);
    expect(await idsAbout('cleo')).toStrictEqual([]);
    expect((await listOf('cleo')).notOnRecord.exports).toBeGreaterThan(10);
    await expect(
      service.dataSource.query(
        `select from export.patient_number where patient_id in ('anna', 'cleo')`,
      ),
    ).resolves.toStrictEqual([]);
  });
});
