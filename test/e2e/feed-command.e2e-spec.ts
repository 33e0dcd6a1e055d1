import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { runCommand } from '../support/command-line';
import { line, TestStore } from '../support/loader';

describe('The command feed', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.open();
  });

  afterEach(async () => {
    await store.close();
  });

  const feed = (...args: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand({ DATABASE_URL: store.url, PUBLIC_URL: 'https://ehr.example.org' }, [
      'feed',
      ...args,
    ]);
  const push = (...args: readonly string[]): ReturnType<typeof runCommand> =>
    feed('push', '--feed', 'ehr', ...args);
  const batches = (): Promise<readonly unknown[][]> =>
    store.rows('select sequence::int, up_to, rejected::int from feed.batch order by 1');

  it('takes each file in as the next batch, and the watermark with the last one', async () => {
    const first = await store.write('a.ndjson', [line('Patient', 'p')]);
    const second = await store.write('b.ndjson.gz', gzipSync(`${line('Patient', 'q')}\n`));

    const pushed = await push(first, second, '--up-to', '2026-01-31T10:00:00Z');

    expect([pushed.exitCode, pushed.stderr]).toStrictEqual([0, '']);
    expect(pushed.stdout).toMatch(/a\.ndjson +1 +1 +1 +0 +0 +0 +0$/m);
    expect(pushed.stdout).toMatch(
      /b\.ndjson\.gz +2 +1 +1 +0 +0 +0 +0 +2026-01-31T10:00:00\.000Z$/m,
    );
    expect(await batches()).toStrictEqual([
      [1, null, 0],
      [2, new Date('2026-01-31T10:00:00Z'), 0],
    ]);
    expect(
      await store.rows(`select action, actor, outcome, detail ->> 'feed', detail ->> 'sequence'
        from audit.event order by id`),
    ).toStrictEqual(
      ['1', '2'].map((number) => ['feed.pushed', 'operator', 'success', 'ehr', number]),
    );
    const listed = await feed('list');
    expect(listed.stdout).toMatch(/^ehr +2 +2026-01-31T10:00:00\.000Z +\S+Z +\d+ +0$/m);
  });

  it('goes on where it was when it is run again after a failure, and takes nothing in twice', async () => {
    const first = await store.write('a.ndjson', [line('Patient', 'p', { x: 1 })]);
    const second = await store.write('b.ndjson', [line('Patient', 'p', { x: 2 })]);
    const third = await store.write('c.ndjson.gz', Buffer.from('no gzip'));

    const broken = await push(first, second, third);
    await store.write('c.ndjson.gz', gzipSync(`${line('Patient', 'p', { x: 3 })}\n`));
    const again = await push(first, second, third, '--json');

    expect([broken.exitCode, broken.stderr]).toStrictEqual([
      1,
      expect.stringContaining(`${third}: `),
    ]);
    expect(broken.stdout).toMatch(/b\.ndjson +2 /);
    expect(JSON.parse(again.stdout)).toMatchObject([
      { file: first, sequence: '1', isNew: false },
      { file: second, sequence: '2', isNew: false },
      { file: third, sequence: '3', isNew: true },
    ]);
    expect(await store.rows('select version::int from clinical.resource')).toStrictEqual([[3]]);
  });

  it('ends with 3 when lines were rejected, and lists them', async () => {
    const path = await store.write('a.ndjson', [line('Patient', 'p'), '{"secret', '{}']);

    const pushed = await push(path);
    const rejected = await feed('rejected', 'ehr', '1');

    expect(pushed.exitCode).toBe(3);
    expect(rejected.stdout).toMatch(/^ +2 +not valid JSON/m);
    expect(rejected.stdout).toMatch(/^ +3 +resourceType is /m);
    expect(rejected.stdout).not.toContain('secret');
    expect((await feed('list')).stdout).toMatch(/^ehr +1 +not told .* 2$/m);
  });

  it('refuses what it cannot take, by name, and takes nothing in', async () => {
    const path = await store.write('a.ndjson', [line('Patient', 'p')]);
    const bundle = await store.write('b.json', ['{}']);
    const refused: readonly (readonly [readonly string[], string])[] = [
      [['push', path, '--feed', 'The Feed'], '"The Feed" is no name of a feed'],
      [['push', path, '--feed', 'ehr', '--up-to', 'now'], '--up-to: "now" is no instant'],
      [['push', path, '--feed', 'ehr', '--up-to', '2999-01-01T00:00:00Z'], 'lies in the future'],
      [['push', path, bundle, '--feed', 'ehr'], 'b.json is no NDJSON'],
      [['push', join(store.folder, 'none.ndjson'), '--feed', 'ehr'], 'cannot be read'],
      [['rejected', 'ehr', '0'], '"0" is no number of a batch'],
      [['rejected', 'ehr', '1'], 'Feed ehr has no batch 1'],
    ];

    for (const [args, reason] of refused) {
      const { exitCode, stderr } = await feed(...args);

      expect([exitCode, stderr]).toStrictEqual([1, expect.stringContaining(reason)]);
    }
    expect((await feed('list')).stdout).toBe('No feed has brought anything yet.\n');
  });
});
