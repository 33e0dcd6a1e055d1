import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Followed } from '../support/followed-source';
import { deleteResource, given, type GivenApp, startGivenApp, to } from '../support/given-app';
import { startProgram } from '../support/processes';
import { SmallFhirServer, status } from '../support/small-fhir-server';
import { until } from '../support/until';

const SETTINGS = { FEED_FHIR_POLL_SECONDS: '0', FEED_FHIR_OVERLAP_SECONDS: '0' };
const BATCHES = `
  select sequence::int, coalesce((counts -> 'Goal' ->> 'read')::int, 0), deleted::int, rejected::int
  from feed.batch where counts <> '{}' or deleted > 0 or rejected > 0 order by sequence`;
const FEED = 'feed="fhir-server"';

describe('A follower of another service like this one', () => {
  let source: GivenApp;
  let followed: Followed;

  beforeAll(async () => {
    source = await startGivenApp(
      [
        given('Patient', 'p'),
        given('Patient', 'q'),
        given('Goal', 'a', { subject: to('Patient', 'p'), target: [{ detailRange: {} }] }),
        given('Goal', 'b', { subject: to('Patient', 'q') }),
        given('Organization', 'o'),
      ],
      { G: ['p'] },
      { RETRY_AFTER_MAX_SECONDS: '1' },
    );
  });

  afterAll(() => source.close());

  afterEach(() => followed.close());

  async function follow(overrides: Readonly<Record<string, string>> = {}): Promise<void> {
    followed = await Followed.open({
      ...{ FEED_FHIR_URL: source.fhirBase, FEED_FHIR_CLIENT_ID: source.client.id, ...SETTINGS },
      ...overrides,
    });
    const key = join(followed.folder, 'key.json');
    await writeFile(key, JSON.stringify(source.client.privateKey));
    await followed.start({ FEED_FHIR_KEY_FILE: key });
  }

  const names = async (): Promise<unknown[]> => (await followed.current()).map(([name]) => name);

  it('holds what that one has, then each change and each deletion, by exports since the last', async () => {
    await follow();
    await followed.contains(new Date(Date.now() - 1));
    expect(await names()).toStrictEqual(
      ['Goal/a', 'Goal/b', 'Organization/o', 'Patient/p', 'Patient/q'], // prettier-ignore
    );

    await source.load([
      given('Goal', 'a', { subject: to('Patient', 'p'), description: { text: '1.10' } }),
    ]);
    await deleteResource(source, 'Goal', 'b');
    await until('it is deleted', async () => !(await names()).includes('Goal/b'));

    expect(await followed.store.contentOf('a')).toContain('"1.10"');
    const kickOffs = await source.dataSource.query<{ request_url: string }[]>(
      'select request_url from export.job order by created_at limit 2',
    );
    expect(kickOffs.map(({ request_url: url }) => new URL(url).search)).toStrictEqual([
      '',
      expect.stringMatching(/^\?_since=20\d\d-/),
    ]);
  });

  it('holds the patients of a group, and the types that are followed', async () => {
    await follow({ FEED_FHIR_EXPORT: 'Group/G/$export', FEED_FHIR_TYPES: 'Patient,Goal' });
    await followed.contains(new Date(Date.now() - 1));

    expect(await names()).toStrictEqual(['Goal/a', 'Patient/p']);
  });
});

describe('A follower of a FHIR server', () => {
  let source: SmallFhirServer;
  let followed: Followed;

  beforeEach(async () => {
    source = await SmallFhirServer.start();
    followed = await Followed.open({ FEED_FHIR_URL: source.base, ...SETTINGS });
  });

  afterEach(async () => {
    await followed.close();
    await source.goAway();
  });

  /** Waits until everything that the server holds now is in. */
  async function caughtUp(): Promise<void> {
    await followed.contains(new Date(source.now.getTime() + 1));
  }

  const names = async (): Promise<unknown[]> => (await followed.current()).map(([name]) => name);
  const isUp = (): Promise<number | undefined> =>
    followed.metric(`bulk_follower_source_up{${FEED}}`);
  const isDown = (): Promise<true> => until('it is told', async () => (await isUp()) === 0);

  describe('by search', () => {
    it('turns pages, finds changes with an overlap, and keeps the spelling of what it finds', async () => {
      for (let n = 0; n < 25; n++) source.put('Goal', `g${n}`, ',"value":1.10');
      source.put('Patient', 'p');
      const subject = `"subject":{"reference":"${source.base}/Patient/p"}`;
      source.put('Goal', 'g24', `,${subject}`);
      await followed.start({ FEED_FHIR_PAGE_SIZE: '10', FEED_FHIR_OVERLAP_SECONDS: '1' });
      await caughtUp();
      source.put('Goal', 'g3', ',"status":"completed"');
      await caughtUp();

      expect(await followed.current()).toHaveLength(26);
      expect(
        await followed.store.rows(`select patient_id from clinical.resource where id = 'g24'`),
      ).toStrictEqual([['p']]);
      expect(await followed.store.contentOf('g3')).toContain('completed');
      expect(await followed.store.contentOf('g4')).toContain('"value":1.10');
      const [since] = source.askedFor(/^Goal.*_lastUpdated=/);
      expect(since).toMatch(
        /^Goal\?_lastUpdated=ge\d{4}-\d\d-\d\dT[\d:.]+Z&_sort=-_lastUpdated&_count=10$/,
      );
    });

    it('misses nothing that changes while pages are turned', async () => {
      for (let n = 0; n < 30; n++) source.put('Goal', `g${n}`);
      let turned = 0;
      source.instead = (path) => {
        if (path.includes('offset')) source.put('Goal', `g${turned++}`, ',"status":"active"');
        return undefined;
      };
      await followed.start({ FEED_FHIR_PAGE_SIZE: '5' });
      await until('all is there', async () => (await followed.current()).length === 30);
      source.instead = () => undefined;
      await caughtUp();

      expect((await followed.current()).filter(([, , state]) => state === 'active')).toHaveLength(
        Math.min(turned, 30),
      );
    });

    it('finds by comparing ids what is removed, and asks for each before it is deleted', async () => {
      for (let n = 0; n < 40; n++) source.put('Goal', `g${n}`);
      await followed.start({ FEED_FHIR_PAGE_SIZE: '10' });
      await caughtUp();
      await followed.stop();
      source.remove('Goal', 'g1');
      const known = source.asked.length;
      // A list that lacks one, as when others move to earlier pages while they are turned.
      let isList = true;
      source.instead = (path) => {
        if (!path.includes('_elements=id&') || path.includes('offset') || !isList) return undefined;
        isList = false;
        return (response) => {
          const ids = Array.from({ length: 40 }, (_, n) => `g${n}`).filter(
            (id) => !['g1', 'g2'].includes(id),
          );
          const entry = ids.map((id) => ({ resource: { resourceType: 'Goal', id } }));
          response.end(JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry }));
        };
      };
      await followed.start({ FEED_COMPARE_SECONDS: '0' });
      await until('it is deleted', async () => !(await names()).includes('Goal/g1'));

      expect(await names()).toHaveLength(39);
      expect(source.asked.slice(known)).toEqual(expect.arrayContaining(['Goal/g1', 'Goal/g2']));
    });

    it.each([
      ['ahead', 3_600_000],
      ['behind', -3_600_000],
    ])('goes by a clock that is an hour %s, and is never ahead of its own', async (_, ahead) => {
      source.ahead = ahead;
      source.put('Goal', 'a');
      await followed.start({ FEED_FHIR_OVERLAP_SECONDS: '1' });
      await until('it is there', async () => (await names()).length === 1);
      source.put('Goal', 'b');
      await until('the other is, too', async () => (await names()).length === 2);

      const upTo = await followed.watermark();
      expect(upTo?.getTime()).toBeLessThanOrEqual(Math.min(Date.now(), source.now.getTime()));
    });

    it('finds what is stamped anew by a clock that was put back', async () => {
      source.ahead = 3_600_000;
      source.put('Goal', 'a');
      await followed.start();
      await until('it is there', async () => (await followed.watermark()) !== undefined);
      source.ahead = 0;
      source.put('Goal', 'b');

      await until('the other is, too', async () => (await names()).length === 2);
    });

    it('refuses pages that lead to another server, and pages that come round again', async () => {
      const stranger = await SmallFhirServer.start();
      const leadTo = (url: string): void => {
        source.instead = (path) =>
          path.startsWith('Goal')
            ? (response) =>
                response.end(
                  `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"${url}"}]}`,
                )
            : undefined;
      };
      source.put('Goal', 'a');
      leadTo(`${stranger.base}/Goal?page=2`);
      await followed.start();
      await isDown();
      leadTo(`${source.base}/Goal?page=2`);
      await until('it goes round', () => source.askedFor(/page=2/).length > 1);
      const rounds = source.askedFor(/page=2/).length;
      source.instead = () => undefined;
      await caughtUp();

      expect(stranger.asked).toStrictEqual([]);
      expect(rounds).toBeLessThan(5);
      await stranger.goAway();
    });

    it('goes on where it was, page by page, once its source is back', async () => {
      for (let n = 0; n < 100; n++) source.put('Goal', `g${n}`);
      source.instead = (path) => (path.includes('offset=50') ? status(500) : undefined);
      await followed.start({ FEED_FHIR_PAGE_SIZE: '10', FEED_BATCH_ROWS: '20' });
      await isDown();
      const before = await followed.store.rows(BATCHES);
      await source.goAway();
      source.instead = () => undefined;
      const known = source.asked.length;
      await source.comeBack();
      await caughtUp();

      expect(before).toStrictEqual([[1, 20, 0, 0], [2, 20, 0, 0]]); // prettier-ignore
      expect(source.asked.slice(known).find((path) => path.startsWith('Goal'))).toContain(
        'offset=',
      );
      expect(await followed.current()).toHaveLength(100);
      expect(
        await followed.store.rows('select max(version)::int from clinical.resource'),
      ).toStrictEqual([[1]]);
    });

    it('waits as long as it is told to', async () => {
      source.put('Goal', 'a');
      let [refused, asked] = [0, 0];
      source.instead = (path) => {
        if (!path.startsWith('Goal')) return undefined;
        asked += 1;
        if (asked > 2) return undefined;
        refused = Date.now();
        return status(asked === 1 ? 429 : 503, { 'Retry-After': '1' });
      };
      await followed.start();
      await caughtUp();

      const [[taken] = []] = await followed.store.rows(
        `select min(instant) from feed.batch where counts <> '{}'`,
      );
      expect(Number(taken) - refused).toBeGreaterThanOrEqual(1000);
      expect(await names()).toStrictEqual(['Goal/a']);
    });
  });

  describe('by export', () => {
    const BY_EXPORT = { FEED_FHIR_READ_BY: 'export' };

    it('takes changes, deletions and what is there again, and rejects what it cannot read', async () => {
      for (const id of ['a', 'b', 'c']) source.put('Goal', id);
      source.extra = {
        lines: [
          '{"resourceType":"Goal",',
          Buffer.from([0x22, 0xff, 0x22]),
          '',
          '{"id":"\\u0000","resourceType":"Goal"}',
        ],
      };
      await followed.start(BY_EXPORT);
      await caughtUp();
      source.extra = {};
      source.remove('Goal', 'a');
      source.remove('Goal', 'b');
      source.put('Goal', 'b', ',"status":"active"');
      await caughtUp();

      expect(await followed.current()).toStrictEqual([
        ['Goal/b', expect.any(Number), 'active'],
        ['Goal/c', 1, null],
      ]);
      expect(
        await followed.store.rows('select distinct reason from feed.rejected_line order by 1'),
      ).toStrictEqual([
        [expect.stringMatching(/id/)],
        [expect.stringMatching(/^not valid JSON/)],
        ['not valid UTF-8'],
      ]);
    });

    it('takes in what an export with errors gives, and keeps the watermark until one has none', async () => {
      source.put('Goal', 'a');
      source.extra = {
        errors: [
          '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}',
        ],
      };
      await followed.start(BY_EXPORT);
      await isDown();
      const [held, upTo] = [await names(), await followed.watermark()];
      source.extra = {
        errors: [
          '{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational"}]}',
        ],
      };
      await caughtUp();

      expect(held).toStrictEqual(['Goal/a']);
      expect(upTo).toBeUndefined();
      expect(source.askedFor(/^\$export/).slice(0, 2)).toStrictEqual(['$export', '$export']);
    });

    it('starts another export when one has expired, or has fewer lines than it says', async () => {
      source.put('Goal', 'a');
      let expired = 0;
      source.instead = (path) =>
        path === 'job/0/output' && expired++ === 0 ? status(404) : undefined;
      await followed.start(BY_EXPORT);
      await caughtUp();
      const afterExpiry = await followed.store.rows(BATCHES);
      const url = `${source.base}/job/1/output`;
      source.extra = { members: { output: [{ type: 'Goal', url, count: 5 }] } };
      await isDown();
      source.extra = {};
      await caughtUp();

      expect(expired).toBe(1);
      expect(afterExpiry).toHaveLength(1);
      expect(await names()).toStrictEqual(['Goal/a']);
    });

    it('goes on in the midst of a file after its source broke off', async () => {
      for (let n = 0; n < 3000; n++) source.put('Goal', `g${n}`);
      let isBroken = true;
      source.instead = (path) => {
        if (!path.endsWith('/output') || !isBroken) return undefined;
        isBroken = false;
        return (response) => {
          const lines = Array.from(
            { length: 2500 },
            (_, n) => `{"resourceType":"Goal","id":"g${n}"}\n`,
          );
          response.write(lines.join(''), () => response.destroy());
        };
      };
      await followed.start({ ...BY_EXPORT, FEED_BATCH_ROWS: '1100' });
      await until('it has begun', async () => (await followed.store.rows(BATCHES)).length > 0);
      await caughtUp();

      const read = (await followed.store.rows(BATCHES)).map(([, count]) => Number(count));
      expect(await followed.current()).toHaveLength(3000);
      expect(source.askedFor(/^\$export$/)).toHaveLength(1);
      expect(read.reduce((sum, count) => sum + count, 0)).toBeLessThan(5000);
    });

    it('loses nothing and takes nothing twice when its process is killed again and again', async () => {
      for (let n = 0; n < 4000; n++) source.put('Goal', `g${n}`);
      const settings = { ...followed.environment, ...BY_EXPORT, FEED_BATCH_ROWS: '1000' };
      for (const kept of [1, 2]) {
        const running = await startProgram('feed', settings);
        await until('a batch is in', async () => {
          return (await followed.store.rows(BATCHES)).length >= kept;
        });
        await running.end('SIGKILL');
      }
      source.remove('Goal', 'g0');
      await followed.start(BY_EXPORT);
      await caughtUp();

      const [counts] = await followed.store.rows(
        `select count(*)::int, max(version)::int,
           (select count(*) = max(sequence) from feed.batch) from clinical.resource`,
      );
      expect(counts).toStrictEqual([3999, 1, true]);
    });

    it('sends no token and asks for nothing where another server is named', async () => {
      const stranger = await SmallFhirServer.start();
      source.put('Goal', 'a');
      const url = `${stranger.base}/job/0/output`;
      source.extra = { members: { output: [{ type: 'Goal', url }] } };
      await followed.start(BY_EXPORT);
      await isDown();

      expect(stranger.asked).toStrictEqual([]);
      await stranger.goAway();
    });
  });
});
