import request, { type Response } from 'supertest';

import { samplePatientId, sampleResources } from '../../libs/sample-data/src';
import { WorkSignal } from '../../src/export-jobs/worker/work-signal.queue';
import { download, kickOff, type Manifest, manifestOf } from '../support/export';
import { type GivenApp, startGivenApp } from '../support/given-app';
import { until } from '../support/until';

const SAMPLE = { seed: 5, patients: 4 };
const TYPES = ['Patient', 'Condition', 'Observation', 'Goal'];
const QUERY = `_type=${TYPES.join(',')}`;
const PARTIAL = `${QUERY}&allowPartialManifests=true`;

/** Parts wait until a test releases those of their type; Goal cannot be read. */
describe('allowPartialManifests', () => {
  let service: GivenApp;

  beforeAll(async () => {
    const members = Array.from({ length: SAMPLE.patients }, (_, index) =>
      samplePatientId(SAMPLE.seed, index),
    );
    const faults = { PART_MAX_ATTEMPTS: '1', FAULTS: 'source:Goal' };
    service = await startGivenApp([...sampleResources(SAMPLE)], { G: members }, faults);
    await service.dataSource.query(`
      create function export.hold() returns trigger language plpgsql as $$
      begin
        new.not_before = 'infinity';
        return new;
      end $$;
      create trigger hold before insert on export.part for each row execute function export.hold()`);
  });

  afterAll(() => service.close());

  const ask = (url: string, token = service.token): Promise<Response> =>
    request(url).get('').auth(token, { type: 'bearer' });

  /** Asks, as soon as that is welcome. */
  async function poll(url: string): Promise<Response> {
    return until('the poll is welcome', async () => {
      const answer = await ask(url);
      if (answer.status !== 429) return answer;
      await service.clock.advance(Number(answer.headers['retry-after']));
      return undefined;
    });
  }

  async function start(query: string, prefer?: string): Promise<string> {
    const path = `Group/G/$export?${query}`;
    if (prefer === undefined) return planned(await kickOff(service, path, service.token));
    const answer = await request(service.url)
      .get(`/fhir/${path}`)
      .auth(service.token, { type: 'bearer' })
      .set('Prefer', prefer)
      .expect(202);
    return planned(answer.headers['content-location'] as string);
  }

  async function planned(statusUrl: string): Promise<string> {
    await until('the export is planned', async () => (await openParts(statusUrl)) || undefined);
    return statusUrl;
  }

  async function openParts(statusUrl: string): Promise<number> {
    const [row] = await service.dataSource.query<{ open: number }[]>(
      `select count(*)::int as open from export.part
       where job_id = $1 and state not in ('completed', 'failed')`,
      [statusUrl.split('/').at(-1)],
    );
    return row?.open ?? 0;
  }

  /** Lets the parts of some types run, and waits for their end. */
  async function release(statusUrl: string, types: readonly string[]): Promise<void> {
    const expected = (await openParts(statusUrl)) - types.length;
    await service.dataSource.query(
      'update export.part set not_before = now() where job_id = $1 and type = any($2)',
      [statusUrl.split('/').at(-1), types],
    );
    await service.app.get(WorkSignal, { strict: false }).signalWorkers(types.length);
    await until(
      'the parts have ended',
      async () => (await openParts(statusUrl)) === expected || undefined,
    );
  }

  const typesOf = (answer: Response): readonly string[] =>
    (answer.body as Manifest).output.map(({ type }) => type);
  const nextOf = (answer: Response): string => (answer.body as Manifest).link?.[0]?.url ?? '';

  it('answers 202 with the files that are ready, which can be fetched at once (PR-95, PG-01, PG-02)', async () => {
    const statusUrl = await start(PARTIAL);

    const before = await poll(statusUrl);
    await release(statusUrl, ['Patient', 'Observation']);
    const after = await poll(statusUrl);

    expect(before.status).toBe(202);
    expect(before.text).toBe('');
    expect(after.status).toBe(202);
    expect(after.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json/) as unknown,
      'x-progress': expect.stringMatching(/^\d+%$/) as unknown,
      'retry-after': expect.stringMatching(/^\d+$/) as unknown,
    });
    expect(after.body).toMatchObject({ requiresAccessToken: true, error: [] });
    expect(after.body).not.toHaveProperty('link');
    expect(typesOf(after)).toStrictEqual(['Observation', 'Patient']);
    for (const { url, count } of (after.body as Manifest).output) {
      expect((await download(url, service.token)).split('\n')).toHaveLength(count + 1);
    }
  });

  it('gives nobody a file that no manifest has listed yet (PG-02)', async () => {
    const statusUrl = await start(PARTIAL);
    await release(statusUrl, ['Patient']);
    const listed = (await poll(statusUrl)).body as Manifest;
    await release(statusUrl, ['Condition']);
    const url = listed.output[0]?.url ?? '';

    const unlisted = url.replace('Patient', 'Condition');

    await expect(download(unlisted, service.token)).rejects.toThrow('404');
    expect(await download(url, service.token)).toContain('Patient');
  });

  it('leads a client that follows the links to every file once, whatever became of the rest (PG-03, PG-05, PG-06, PG-09, ST-13)', async () => {
    const statusUrl = await start(PARTIAL);
    await release(statusUrl, ['Patient']);
    const first = await poll(statusUrl);
    await release(statusUrl, ['Observation']);
    const second = await poll(nextOf(await poll(statusUrl)));
    // The part of Goal fails, and the export ends.
    await release(statusUrl, ['Condition', 'Goal']);

    const pages: Response[] = [];
    for (let url = statusUrl; url !== ''; url = nextOf(pages.at(-1) as Response)) {
      pages.push(await ask(url));
    }

    expect(pages.map(({ status }) => status)).toStrictEqual([200, 200, 200]);
    expect(pages.map(typesOf)).toStrictEqual([['Patient'], ['Observation'], ['Condition']]);
    expect(pages.map(({ headers }) => headers['expires'] !== undefined)).toStrictEqual([
      true,
      true,
      true,
    ]);
    const bodies = pages.map(({ body }) => body as Manifest);
    for (const [index, early] of [first, second].entries()) {
      expect(bodies[index]).toStrictEqual({
        ...(early.body as Manifest),
        link: bodies[index]?.link,
      });
    }
    const { output, link, error, ...same } = bodies[0] as Manifest;
    for (const body of bodies) expect(body).toMatchObject(same);
    expect([output.length, link?.length, error]).toStrictEqual([1, 1, []]);
    expect(bodies.map((body) => body.error.length)).toStrictEqual([0, 0, 1]);
    for (const { url, count } of bodies.flatMap((body) => [...body.output, ...body.error])) {
      expect((await download(url, service.token)).split('\n')).toHaveLength(count + 1);
    }
  });

  it('ends with a page that tells of failures alone, if nothing else is left (ER-03, PG-04)', async () => {
    const statusUrl = await start(`${PARTIAL}&_foo=1`, 'handling=lenient');
    await release(statusUrl, ['Patient', 'Observation', 'Condition']);
    const early = (await poll(statusUrl)).body as Manifest;
    const ignored = await download(early.error[0]?.url ?? '', service.token);
    await release(statusUrl, ['Goal']);

    const first = await ask(statusUrl);
    const last = (await ask(nextOf(first))).body as Manifest;

    expect((first.body as Manifest).error).toStrictEqual(early.error);
    expect(last).toMatchObject({ output: [], error: [early.error[0], { count: 1 }] });
    expect(await download(early.error[0]?.url ?? '', service.token)).toBe(ignored);
    expect(await download(last.error[1]?.url ?? '', service.token)).toContain('Goal');
    expect(last).not.toHaveProperty('link');
  });

  it('is one whole manifest when nobody asked before the end (PG-05, PG-09)', async () => {
    const statusUrl = await start(PARTIAL);
    await release(statusUrl, TYPES);

    const answer = await ask(statusUrl);

    expect(answer.status).toBe(200);
    expect(typesOf(answer)).toStrictEqual(['Condition', 'Observation', 'Patient']);
    expect((answer.body as Manifest).error).toHaveLength(1);
    expect(answer.body).not.toHaveProperty('link');
  });

  it('refuses polls that are too early where there is nothing new, and those alone (ST-05)', async () => {
    const statusUrl = await start(PARTIAL);
    await release(statusUrl, ['Patient']);
    await poll(statusUrl);
    expect((await ask(statusUrl)).status).toBe(429);
    await release(statusUrl, ['Condition']);
    const next = nextOf(await poll(statusUrl));

    expect((await ask(next)).status).toBe(202);
    expect((await ask(next)).status).toBe(429);
    expect((await ask(statusUrl)).status).toBe(202);
  });

  it('tells of the export in X-Export-Status if that is preferred (SX-04, PG-01)', async () => {
    const statusUrl = await start(PARTIAL, 'respond-async, separate-export-status');
    await release(statusUrl, ['Patient']);

    const answer = await poll(statusUrl);

    expect(answer.status).toBe(200);
    expect(answer.headers['x-export-status']).toBe('202 Accepted');
    expect(typesOf(answer)).toStrictEqual(['Patient']);
  });

  it('shows further pages to those who may see the export, and none that was not announced (PG-11, SEC-04, ST-15)', async () => {
    const statusUrl = await start(PARTIAL);
    await release(statusUrl, ['Patient']);
    await poll(statusUrl);
    await release(statusUrl, ['Condition']);
    const next = nextOf(await poll(statusUrl));
    const narrow = await service.client.token('system/Patient.rs system/Group.rs');

    const statuses = await Promise.all(
      [`${statusUrl}/3`, `${statusUrl}/0`, `${statusUrl}/x`].map(
        async (url) => (await ask(url)).status,
      ),
    );
    expect(statuses).toStrictEqual([404, 404, 404]);
    expect((await ask(next, narrow)).status).toBe(403);

    await request(statusUrl).delete('').auth(service.token, { type: 'bearer' }).expect(202);

    expect((await ask(next)).status).toBe(404);
  });

  it('changes nothing for who did not ask for it (PG-10)', async () => {
    const statusUrl = await start(QUERY);
    await release(statusUrl, ['Patient', 'Observation', 'Condition']);
    const running = await poll(statusUrl);
    await release(statusUrl, ['Goal']);

    const manifest = await manifestOf(service, statusUrl, service.token);

    expect([running.status, running.text]).toStrictEqual([202, '']);
    expect(manifest.output.map(({ type }) => type)).toStrictEqual([
      'Condition',
      'Observation',
      'Patient',
    ]);
    expect(manifest).not.toHaveProperty('link');
    expect((await ask(`${statusUrl}/2`)).status).toBe(404);
  });
});
