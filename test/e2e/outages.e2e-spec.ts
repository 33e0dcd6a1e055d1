import { writeFile } from 'node:fs/promises';

import request, { type Response } from 'supertest';

import { freePort, startReplica, type TestApp } from '../support/app';
import { expectOAuthError, signAssertion, tokenFields } from '../support/client-assertion';
import { kickOff, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { rawRequest } from '../support/raw-request';
import { type StruckDatabase, struckDatabase } from '../support/struck-database';
import { until } from '../support/until';

const ADMIN_TOKEN = 'operators-only-0123456789-abcdefghij';
/** What PostgreSQL raises when it is read-only, full, too busy, interrupted, or not there. */
const STATES = [
  ...['25006', '53000', '53100', '53200', '53300', '53400', '57014', '57P01', '57P02', '57P03'],
  ...['40001', '40P01', '55P03', '08000', '08001', '08003', '08004', '08006', '58030', '25P03'],
];
/** One attempt: whatever counts as a failure of a part or a plan would be final. */
const SETTINGS = { ADMIN_TOKEN, PART_MAX_ATTEMPTS: '1', PACKED_SEGMENTS: 'false' };

describe('While PostgreSQL is in trouble', () => {
  let service: GivenApp;
  let database: StruckDatabase;
  let statusUrl: string;
  let fileUrl: string;

  beforeAll(async () => {
    const note = {
      contentType: 'text/plain',
      securityContext: to('Patient', 'p1'),
      data: 'bm90ZQ==',
    };
    service = await startGivenApp(
      [given('Patient', 'p1'), given('Binary', 'note', note)],
      { 'G-1': ['p1'] },
      SETTINGS,
    );
    statusUrl = await kickOff(service, 'Group/G-1/$export?_type=Patient', service.token);
    fileUrl = (await manifestOf(service, statusUrl, service.token)).output[0]?.url ?? '';
    database = await struckDatabase(service, [
      'auth.app',
      'clinical.resource',
      'clinical.version',
      'groups.member',
    ]);
    await service.dataSource.query(
      `create trigger struck before insert on audit.event execute function struck.statement();
       create trigger struck before insert on export.cohort_member execute function struck.statement()`,
    );
  });

  afterEach(() => database.heal());

  afterAll(async () => {
    await database.close();
    await service.close();
  });

  const get = async (url: string, token = service.token): Promise<Response> =>
    request(url).get('').auth(token, { type: 'bearer' });
  const fhir = (path: string): Promise<Response> => get(`${service.fhirBase}/${path}`);
  const form = async (path: string, fields: object): Promise<Response> =>
    request(service.url).post(`/fhir/auth/${path}`).type('form').send(fields);
  const assertion = (): Promise<string> =>
    signAssertion(service, service.client.id, {
      alg: 'ES384',
      kid: 'test',
      privateJwk: service.client.privateKey,
      publicJwk: {},
    });

  /** Of the plan or of a part of an export. */
  const claims = async (url: string): Promise<number> => {
    const [row] = await service.dataSource.query<{ claims: number }[]>(
      `select greatest(j.fence, (select max(p.fence) from export.part p where p.job_id = j.id))::int as claims
       from export.job j where j.id = $1`,
      [url.split('/').at(-1)],
    );
    return row?.claims ?? 0;
  };

  const health = (of: TestApp): Promise<Response> => request(of.url).get('/health/ready');
  /** What is said of each dependency that does not do, as soon as one does not. */
  const unready = (of: TestApp): Promise<object> =>
    until('it is not ready', async () => {
      const answer = await health(of);
      if (answer.status !== 503) return undefined;
      const { details } = answer.body as {
        details: Record<string, { status: string; reason?: string }>;
      };
      const down = Object.entries(details).filter((entry) => entry[1].status === 'down');
      return Object.fromEntries(down.map(([name, { reason }]) => [name, reason]));
    });

  const expectUnavailable = (answer: Response): void => {
    expect([answer.status, answer.headers['retry-after']]).toStrictEqual([503, '5']);
    expect(answer.body).toMatchObject({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'transient' }],
    });
  };
  const expectOAuthUnavailable = (answer: Response): void => {
    expectOAuthError(answer, 503, 'temporarily_unavailable');
    expect(answer.headers['retry-after']).toBe('5');
  };

  it.each(STATES)(
    'answers 503 with Retry-After everywhere to SQLSTATE %s, and never the 500 of a failed export (ST-12)',
    async (code) => {
      const signed = await assertion();
      await database.strike(code);

      const [token, introspection, ...answers] = await Promise.all([
        form('token', tokenFields(signed)),
        form('introspect', { ...tokenFields(signed), token: service.token }),
        fhir('Group/G-1/$export'),
        fhir('Group/G-1'),
        fhir('Group'),
        fhir('Binary/note'),
        get(statusUrl),
        request(statusUrl).delete('').auth(service.token, { type: 'bearer' }),
        get(fileUrl),
        get(`${service.url}/admin/apps`, ADMIN_TOKEN),
      ]);

      expectOAuthUnavailable(token);
      expectOAuthUnavailable(introspection);
      answers.forEach(expectUnavailable);
    },
  );

  it('releases and changes nothing while the audit record cannot be written', async () => {
    const signed = await assertion();
    const jobs = (): Promise<unknown> => service.dataSource.query('select id from export.job');
    const before = await jobs();
    await database.strike('53100', 'insert into "audit"."event"%');

    expectOAuthUnavailable(await form('token', tokenFields(signed)));
    for (const path of ['Group/G-1/$export', 'Binary/note']) expectUnavailable(await fhir(path));
    expectUnavailable(await get(fileUrl));
    expect(await jobs()).toStrictEqual(before);
    await database.heal();

    // The assertion was not spent (JW-09).
    expect((await form('token', tokenFields(signed))).status).toBe(200);
  });

  it('answers 503 when the content of a Binary, or the members of a Group, cannot be read', async () => {
    await database.strike('53200', '%as beginning%');
    const binary = await fhir('Binary/note');
    await database.strike('57P01', '%groups.member%');
    const group = await fhir('Group/G-1');

    expectUnavailable(binary);
    expect(binary.headers).not.toHaveProperty('content-disposition');
    expectUnavailable(group);
  });

  it('takes no failure of a statement for trouble of the server', async () => {
    await database.strike('22012');

    expect((await get(statusUrl)).status).toBe(500);
  });

  it.each([
    ['the parts', '53300', 'copy (%'],
    ['the plan', '53200', '%insert into export.cohort_member%'],
  ])(
    'goes on with %s of an export when SQLSTATE %s is over, though no attempt is left (ER-03)',
    async (_work, code, statement) => {
      await database.strike(code, statement);
      const url = await kickOff(service, 'Group/G-1/$export?_type=Patient', service.token);
      await until('the work was begun again', async () => (await claims(url)) >= 2);
      await database.heal();

      const manifest = await manifestOf(service, url, service.token);

      expect(manifest.output).toMatchObject([{ type: 'Patient', count: 1 }]);
      expect(manifest.error).toStrictEqual([]);
    },
  );

  it('reports a part whose statement is cancelled, or fails, as missing (ER-03)', async () => {
    await database.strike('57014', 'copy (%');
    const url = await kickOff(service, 'Group/G-1/$export?_type=Patient', service.token);

    const polled = await until('the export has ended', async () => {
      const answer = await rawRequest(url, { Authorization: `Bearer ${service.token}` });
      await service.clock.advance(60);
      return [202, 429].includes(answer.status) ? undefined : answer;
    });

    // Nothing else was asked for: there is nothing to deliver (ST-13).
    expect(polled.status).toBe(500);
  });

  it('answers 503 to what writes while the database is read-only, and reads on', async () => {
    await database.setReadOnly(true);

    const answers = [
      await fhir('Group/G-1/$export'),
      await form('token', tokenFields(await assertion())),
    ];
    const reading = await fhir('Group/G-1');
    const ready = await unready(service);
    await database.setReadOnly(false);

    expect(answers.map(({ status }) => status)).toStrictEqual([503, 503]);
    expect(reading.status).toBe(200);
    expect(ready).toStrictEqual({ postgresql: 'The database is read-only.' });
  });

  describe('/health/ready', () => {
    it('is 200 and names all that it depends on, when all of it does', async () => {
      await until('it is ready', async () => (await health(service)).status === 200);

      const answer = await health(service);

      const up = { status: 'up' };
      expect(answer.body).toStrictEqual({
        status: 'ok',
        details: { postgresql: up, schema: up, redis: up, storage: up, clock: up },
      });
    });

    it('is 503 and names a schema that is not current', async () => {
      const last = `name = (select max(name) from schema_migration)`;
      await service.dataSource.query(
        `create table migration_kept as select * from schema_migration where ${last};
         delete from schema_migration where ${last}`,
      );

      const faults = await unready(service);
      await service.dataSource.query('insert into schema_migration select * from migration_kept');

      expect(faults).toStrictEqual({
        schema: expect.stringContaining('1 migration(s) are missing') as string,
      });
    });

    it('is 503 and names a storage that cannot be written, and a Redis that is not there', async () => {
      const file = `${service.environment['STORAGE_DIRECTORY']}/file`;
      await writeFile(file, '');
      const replica = await startReplica(service, {
        STORAGE_DIRECTORY: file,
        REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      });

      const faults = await unready(replica);
      await replica.close();

      expect(faults).toStrictEqual({
        redis: 'not connected',
        storage: 'cannot be written: ENOTDIR',
      });
    });
  });
});
