import fc from 'fast-check';

import { OFFERED_BY_DEFAULT } from '@app/fhir';

import { type TestApp, startReplica } from '../support/app';
import { newTokenClient, type TokenClient } from '../support/client-assertion';
import { kickOff, manifestOf } from '../support/export';
import { adminFuzz } from '../support/fuzz/admin-fuzz';
import { downloadFuzz, faultOfDownload, type WholeFile } from '../support/fuzz/download-fuzz';
import { ASSERTION, formFuzz, type FuzzForm } from '../support/fuzz/form-fuzz';
import { kickOffFuzz, FUZZ_GROUP, FUZZ_PATIENTS } from '../support/fuzz/kick-off-fuzz';
import { pathFuzz } from '../support/fuzz/path-fuzz';
import { searchFuzz } from '../support/fuzz/search-fuzz';
import { type Answer, type Asked, jsonOf, newSender, type Sender } from '../support/fuzz/send';
import { type FuzzRights, type StoredJob, StrictReading } from '../support/fuzz/strict-reading';
import { faultOfAnswer } from '../support/fuzz/well-formed-response';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { registerApp } from '../support/registered-app';

/** Requests of each kind; FUZZ_RUNS=5000 is a long run, FUZZ_SEED another one. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_260_101);
const NOTHING = { scope: '' };
const OPERATOR = 'an-operators-token-of-40-characters-0000';

jest.setTimeout(3_600_000);

/**
 * Thousands of requests that nobody would think of. Each gets an answer of the service's own making:
 * never a failure, never a hang, and never more than a strict reading of the request allows.
 */
describe('Whatever is asked', () => {
  let service: GivenApp;
  let client: TokenClient;
  let send: Sender;
  const tokens = new Map<string, string>();
  const rights = new Map<string, FuzzRights>();

  beforeAll(async () => {
    // No worker: exports that the requests start stay as they were accepted.
    service = await startGivenApp(
      [
        ...FUZZ_PATIENTS.map((id) => given('Patient', id)),
        given('Goal', 'goal', { subject: to('Patient', 'in') }),
        given('Binary', 'b', {
          contentType: 'text/plain',
          data: 'YQ==',
          securityContext: to('Patient', 'in'),
        }),
      ],
      { [FUZZ_GROUP]: FUZZ_PATIENTS, OTHER: [] },
      {
        ROLE: 'api',
        ADMIN_TOKEN: OPERATOR,
        EXPORT_MAX_QUEUED: '100000',
        EXPORT_MAX_QUEUED_PER_APP: '100000',
      },
    );
    client = await newTokenClient(service);
    send = newSender(service.url);
    const limited = await registerApp(service, { groups: [FUZZ_GROUP] });
    await grant('everything', service.client.token(), {
      types: OFFERED_BY_DEFAULT,
      allGroups: true,
    });
    await grant('v1', service.client.token('system/*.read'), {
      types: OFFERED_BY_DEFAULT,
      allGroups: true,
    });
    await grant('one group', limited.token(), { types: OFFERED_BY_DEFAULT, allGroups: false });
    const types = ['Group', 'Patient', 'Goal', 'Location'];
    const scope = types.map((type) => `system/${type}.rs`).join(' ');
    await grant('some types', service.client.token(scope), { types, allGroups: true });
    const filters = { Observation: 'category=laboratory', Condition: 'clinical-status=active' };
    const restricted = Object.entries(filters).map(
      ([type, search]) => `system/${type}.rs?${search}`,
    );
    await grant('some rows', service.client.token(`${scope} ${restricted.join(' ')}`), {
      ...{ types: [...types, ...Object.keys(filters)], allGroups: true, filters },
    });
    tokens.set('garbage', 'a.b.c');
  });

  afterAll(async () => {
    send.close();
    await service.close();
  });

  async function grant(name: string, token: Promise<string>, right: FuzzRights): Promise<void> {
    tokens.set(name, await token);
    rights.set(name, right);
  }

  async function wellFormed(asked: Asked): Promise<Answer> {
    const answer = await send(asked);
    expect(faultOfAnswer(asked, answer)).toBeUndefined();
    return answer;
  }

  function withToken(asked: Asked, token: string | undefined): Asked {
    const authorization = token !== undefined && { Authorization: `Bearer ${token}` };
    return { ...asked, headers: { ...asked.headers, ...authorization } };
  }

  async function eachOf<T>(
    requests: fc.Arbitrary<T>,
    check: (asked: T) => Promise<void>,
    numRuns = RUNS,
  ): Promise<void> {
    await fc.assert(fc.asyncProperty(requests, check), {
      numRuns,
      seed: SEED,
      plugins: [fc.interruptAfterTimeLimit(3_500_000, { failOnInterrupt: true })],
    });
  }

  it('a kick-off that can be honoured is taken, any other is refused, and none gives more than it asks for (KR-01, KR-04, UN-01, PR-31, SEC-07)', async () => {
    await eachOf(kickOffFuzz(['none', ...tokens.keys()]), async (made) => {
      const answer = await wellFormed(withToken(made.asked, tokens.get(made.token)));
      const reading = new StrictReading(made, rights.get(made.token));

      const isTaken = answer.status === 202;
      expect([isTaken, answer.body.toString()]).toStrictEqual([
        reading.mustBeTaken ?? isTaken,
        expect.anything(),
      ]);
      const excesses = isTaken ? reading.excesses(await takeBack(answer)) : [];
      expect(excesses).toStrictEqual([]);
    });
  });

  /** The record of an export that has just been accepted, which goes. */
  async function takeBack({ headers }: Answer): Promise<StoredJob> {
    const id = headers['content-location']?.split('/').at(-1);
    const [[job]] = await service.dataSource.query<
      readonly [readonly (StoredJob | undefined)[], number]
    >('delete from export.job where id = $1 returning level, group_id, parameters', [id]);
    if (!job) throw new Error('Content-Location names no export.');
    return job;
  }

  it('a deleted export is gone for every later request (DL-03, DL-05)', async () => {
    const authorization = { Authorization: `Bearer ${service.token}` };
    await eachOf(
      fc.array(fc.constantFrom('GET', 'DELETE', 'HEAD', 'PUT'), { minLength: 1, maxLength: 4 }),
      async (methods) => {
        const url = new URL(await kickOff(service, 'Patient/$export', service.token));
        const ask = (method: string): Promise<Answer> =>
          wellFormed({ method, path: url.pathname, headers: authorization });

        const statuses = [];
        for (const method of ['GET', 'DELETE', ...methods])
          statuses.push((await ask(method)).status);

        const after = methods.map((method) => (method === 'PUT' ? 405 : 404));
        expect(statuses).toStrictEqual([202, 202, ...after]);
      },
      Math.ceil(RUNS / 5),
    );
    await service.dataSource.query('delete from export.job');
  });

  it.each(['identity', 'gzip'])(
    'bytes of a file stored as %s are those of the whole download, whatever is asked of it (FR-08, FR-09, FR-12)',
    async (encoding) => {
      const url = await exportedFile(encoding);
      const file = await wholeFile(url);

      await eachOf(downloadFuzz(file), async (made) => {
        const headers = { Authorization: `Bearer ${service.token}`, ...made.headers };
        const answer = await wellFormed({ method: made.method, path: url.pathname, headers });

        expect(faultOfDownload(made, answer, file)).toBeUndefined();
      });
    },
  );

  async function exportedFile(encoding: string): Promise<URL> {
    const worker: TestApp = await startReplica(service, {
      ROLE: 'all',
      EXPORT_FILE_ENCODING: encoding,
    });
    try {
      const status = await kickOff(
        service,
        `Group/${FUZZ_GROUP}/$export?_type=Patient`,
        service.token,
      );
      const { output } = await manifestOf(service, status, service.token);
      return new URL(output[0]?.url ?? '');
    } finally {
      await worker.close();
    }
  }

  async function wholeFile({ pathname: path }: URL): Promise<WholeFile> {
    const authorization = { Authorization: `Bearer ${service.token}` };
    const plain = await send({ method: 'GET', path, headers: authorization });
    const headers = { ...authorization, 'Accept-Encoding': 'gzip' };
    const gzip = await send({ method: 'GET', path, headers });
    expect([plain.status, gzip.status]).toStrictEqual([200, 200]);
    return {
      plain: plain.body,
      etag: plain.headers.etag ?? '',
      gzip: gzip.headers['content-length'] === undefined ? undefined : gzip.body,
      gzipEtag: gzip.headers.etag ?? '',
    };
  }

  it('a token is given for a good form alone, and never for writing (TK-01, TK-05, JW-14)', async () => {
    await eachOf(formFuzz(), async (made) => {
      const answer = await postForm('/fhir/auth/token', made);

      const isGiven = answer.status === 200;
      expect(isGiven || !made.isGood).toBe(true);
      const { scope } = isGiven ? (jsonOf(answer) as { readonly scope: string }) : NOTHING;
      expect(scope).toMatch(/^(system\/\S+\.(rs|read)( |$))*$/);
    });
  });

  it('introspection tells of a token to whom proves who they are (TK-07, SM-09)', async () => {
    await eachOf(formFuzz(await tokenOfClient()), async (made) => {
      const answer = await postForm('/fhir/auth/introspect', made);

      expect(answer.status === 200 || !made.isGood).toBe(true);
    });
  });

  async function tokenOfClient(): Promise<string> {
    const answer = await client.ask();
    return (answer.body as { access_token: string }).access_token;
  }

  async function postForm(path: string, made: FuzzForm): Promise<Answer> {
    const assertion = await client.sign(made).catch(() => 'unsigned');
    const form = new URLSearchParams(
      made.fields.map(([name, value]) => [name, value === ASSERTION ? assertion : value]),
    );
    return wellFormed({
      method: 'POST',
      path,
      headers: { 'Content-Type': made.contentType },
      body: form.toString(),
    });
  }

  it('a search of groups is answered with a Bundle or refused by name', async () => {
    await eachOf(searchFuzz(service.token), async (asked) => {
      const answer = await wellFormed(asked);

      expect(answer.status >= 400 || answer.body.toString().includes('"Bundle"')).toBe(true);
    });
  });

  it('operators get what they ask for or a refusal (KR-04)', async () => {
    await eachOf(adminFuzz(OPERATOR), async (asked) => {
      const { status } = await wellFormed(asked);

      const isOperator = asked.headers['Authorization'] !== undefined;
      expect(isOperator ? 400 : status).toBeGreaterThanOrEqual(400);
    });
  });

  it('any method at any address gets an answer (KR-04, ST-11, FR-04, DL-04)', async () => {
    await eachOf(pathFuzz([...tokens.values()]), async (asked) => {
      const { status } = await wellFormed(asked);

      expect(status).not.toBe(202);
    });
  });
});
