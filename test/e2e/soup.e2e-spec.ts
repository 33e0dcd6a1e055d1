import fc from 'fast-check';

import { RESOURCE_TYPES } from '@app/fhir';

import { type TestApp, startReplica } from '../support/app';
import { newTokenClient, type TokenClient } from '../support/client-assertion';
import { kickOff, manifestOf } from '../support/export';
import { given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { registerApp } from '../support/registered-app';
import { adminSoup } from '../support/soup/admin-soup';
import { incivility } from '../support/soup/civil-answer';
import { downloadSoup, faultOfDownload, type WholeFile } from '../support/soup/download-soup';
import { ASSERTION, formSoup, type SoupForm } from '../support/soup/form-soup';
import { kickOffSoup, SOUP_GROUP, SOUP_PATIENTS } from '../support/soup/kick-off-soup';
import { pathSoup } from '../support/soup/path-soup';
import { searchSoup } from '../support/soup/search-soup';
import { type Answer, type Asked, jsonOf, newSender, type Sender } from '../support/soup/send';
import { type SoupRights, type StoredJob, StrictReading } from '../support/soup/strict-reading';

/** Requests of each kind; SOUP_RUNS=5000 is a long run, SOUP_SEED another one. */
const RUNS = Number(process.env['SOUP_RUNS'] ?? 60);
const SEED = Number(process.env['SOUP_SEED'] ?? 20_260_101);
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
  const rights = new Map<string, SoupRights>();

  beforeAll(async () => {
    // No worker: exports that the soup starts stay as they were accepted.
    service = await startGivenApp(
      [
        ...SOUP_PATIENTS.map((id) => given('Patient', id)),
        given('Goal', 'goal', { subject: to('Patient', 'in') }),
        given('Binary', 'b', {
          contentType: 'text/plain',
          data: 'YQ==',
          securityContext: to('Patient', 'in'),
        }),
      ],
      { [SOUP_GROUP]: SOUP_PATIENTS, OTHER: [] },
      {
        ROLE: 'api',
        ADMIN_TOKEN: OPERATOR,
        EXPORT_MAX_QUEUED: '100000',
        EXPORT_MAX_QUEUED_PER_APP: '100000',
      },
    );
    client = await newTokenClient(service);
    send = newSender(service.url);
    const limited = await registerApp(service, { groups: [SOUP_GROUP] });
    await grant('everything', service.client.token(), { types: RESOURCE_TYPES, allGroups: true });
    await grant('v1', service.client.token('system/*.read'), {
      types: RESOURCE_TYPES,
      allGroups: true,
    });
    await grant('one group', limited.token(), { types: RESOURCE_TYPES, allGroups: false });
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

  async function grant(name: string, token: Promise<string>, right: SoupRights): Promise<void> {
    tokens.set(name, await token);
    rights.set(name, right);
  }

  async function civil(asked: Asked): Promise<Answer> {
    const answer = await send(asked);
    expect(incivility(asked, answer)).toBeUndefined();
    return answer;
  }

  function withToken(asked: Asked, token: string | undefined): Asked {
    const authorization = token !== undefined && { Authorization: `Bearer ${token}` };
    return { ...asked, headers: { ...asked.headers, ...authorization } };
  }

  async function eachOf<T>(
    soup: fc.Arbitrary<T>,
    check: (asked: T) => Promise<void>,
    numRuns = RUNS,
  ): Promise<void> {
    await fc.assert(fc.asyncProperty(soup, check), {
      numRuns,
      seed: SEED,
      interruptAfterTimeLimit: 3_500_000,
      markInterruptAsFailure: true,
    });
  }

  it('a kick-off that can be honoured is taken, any other is refused, and none gives more than it asks for (KR-01, KR-04, UN-01, PR-31, SEC-07)', async () => {
    await eachOf(kickOffSoup(['none', ...tokens.keys()]), async (soup) => {
      const answer = await civil(withToken(soup.asked, tokens.get(soup.token)));
      const reading = new StrictReading(soup, rights.get(soup.token));

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
          civil({ method, path: url.pathname, headers: authorization });

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

      await eachOf(downloadSoup(file), async (soup) => {
        const headers = { Authorization: `Bearer ${service.token}`, ...soup.headers };
        const answer = await civil({ method: soup.method, path: url.pathname, headers });

        expect(faultOfDownload(soup, answer, file)).toBeUndefined();
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
        `Group/${SOUP_GROUP}/$export?_type=Patient`,
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
    await eachOf(formSoup(), async (soup) => {
      const answer = await postForm('/fhir/auth/token', soup);

      const isGiven = answer.status === 200;
      expect(isGiven || !soup.isGood).toBe(true);
      const { scope } = isGiven ? (jsonOf(answer) as { readonly scope: string }) : NOTHING;
      expect(scope).toMatch(/^(system\/\S+\.(rs|read)( |$))*$/);
    });
  });

  it('introspection tells of a token to whom proves who they are (TK-07, SM-09)', async () => {
    await eachOf(formSoup(await tokenOfClient()), async (soup) => {
      const answer = await postForm('/fhir/auth/introspect', soup);

      expect(answer.status === 200 || !soup.isGood).toBe(true);
    });
  });

  async function tokenOfClient(): Promise<string> {
    const answer = await client.ask();
    return (answer.body as { access_token: string }).access_token;
  }

  async function postForm(path: string, soup: SoupForm): Promise<Answer> {
    const assertion = await client.sign(soup).catch(() => 'unsigned');
    const form = new URLSearchParams(
      soup.fields.map(([name, value]) => [name, value === ASSERTION ? assertion : value]),
    );
    return civil({
      method: 'POST',
      path,
      headers: { 'Content-Type': soup.contentType },
      body: form.toString(),
    });
  }

  it('a search of groups is answered with a Bundle or refused by name', async () => {
    await eachOf(searchSoup(service.token), async (asked) => {
      const answer = await civil(asked);

      expect(answer.status >= 400 || answer.body.toString().includes('"Bundle"')).toBe(true);
    });
  });

  it('operators get what they ask for or a refusal (KR-04)', async () => {
    await eachOf(adminSoup(OPERATOR), async (asked) => {
      const { status } = await civil(asked);

      const isOperator = asked.headers['Authorization'] !== undefined;
      expect(isOperator ? 400 : status).toBeGreaterThanOrEqual(400);
    });
  });

  it('any method at any address gets an answer (KR-04, ST-11, FR-04, DL-04)', async () => {
    await eachOf(pathSoup([...tokens.values()]), async (asked) => {
      const { status } = await civil(asked);

      expect(status).not.toBe(202);
    });
  });
});
