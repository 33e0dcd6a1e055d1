import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { Client } from 'pg';

import { type FileLimits, type NdjsonFile, NdjsonFiles } from '../../libs/ndjson/src';
import { ClinicalSource } from '../../src/clinical-data';
import { StatementTimeError } from '../../src/common';
import { type Config, readConfig } from '../../src/config';
import { LocalDiskStorage } from '../../src/storage/local-disk.storage';
import { slowProxy } from '../chaos/slow-proxy';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { selfSigned, startTlsProxy } from '../support/tls-proxy';
import { until } from '../support/until';

const UNLIMITED: FileLimits = { maxBytes: Infinity, maxLines: Infinity };

function configFor(databaseUrl: string, overrides: Readonly<Record<string, string>> = {}): Config {
  return readConfig({
    EMBEDDED: 'true',
    PUBLIC_URL: 'http://127.0.0.1',
    DATABASE_URL: databaseUrl,
    REDIS_URL: 'redis://127.0.0.1',
    STORAGE_DIRECTORY: '/nowhere',
    ...overrides,
  });
}

describe('The row path: PostgreSQL to files', () => {
  let database: TestDatabase;
  let folder: string;
  let source: ClinicalSource;
  let names = 0;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'bulk-rows-'));
    source = new ClinicalSource(configFor(database.url));
  });

  afterAll(async () => {
    await source.onModuleDestroy();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  /** Copies `select` to files. @returns them, and a way to read one */
  function begin(from: ClinicalSource = source): {
    files: NdjsonFiles;
    copy: (select: string, limits?: FileLimits, signal?: AbortSignal) => Promise<void>;
    text: (file: NdjsonFile | undefined) => Promise<Buffer>;
  } {
    const name = `copy-${names++}`;
    const storage = new LocalDiskStorage(folder);
    const files = new NdjsonFiles((index) => storage.create(`${name}/${index}`));
    return {
      files,
      copy: (select, limits = UNLIMITED, signal = new AbortController().signal) =>
        from.copyLines(select, files, limits, signal),
      text: (file) => readFile(join(folder, name, String(file?.index))),
    };
  }

  const line = (n: string): string =>
    `'{"n":' || ${n} || ',"text":"' || repeat('ü', ${n} % 300) || '"}'`;

  it('writes every row once, in files that say what they hold, however often memory is used again (FO-02)', async () => {
    const { files, copy, text } = begin();
    const limits = { maxBytes: 5_000_000, maxLines: 15_000 };

    await copy(`select ${line('n')} from generate_series(1, 60000) n`, limits);
    const finished = await files.finish();

    const texts = await Promise.all(finished.map(text));
    const client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ sha256: string }>(
      `select encode(sha256(convert_to(string_agg(${line('n')}, e'\\n' order by n) || e'\\n', 'UTF8')), 'hex') as sha256
       from generate_series(1, 60000) n`,
    );
    await client.end();
    expect(createHash('sha256').update(Buffer.concat(texts)).digest('hex')).toBe(rows[0]?.sha256);
    expect(finished.length).toBeGreaterThan(3);
    for (const [at, file] of finished.entries()) {
      const own = texts[at] ?? Buffer.alloc(0);
      expect(file.bytes).toBe(own.length);
      expect(file.lines).toBe(own.toString().split('\n').length - 1);
      expect(file.sha256).toStrictEqual(createHash('sha256').update(own).digest());
    }
  });

  describe('when PostgreSQL may take a second', () => {
    let hurried: ClinicalSource;

    beforeAll(() => {
      hurried = new ClinicalSource(configFor(database.url, { EXPORT_STATEMENT_SECONDS: '1' }));
    });

    afterAll(() => hurried.onModuleDestroy());

    it('gives a statement up that takes longer', async () => {
      const { files, copy } = begin(hurried);

      await expect(copy('select pg_sleep(60)::text')).rejects.toThrow(StatementTimeError);
      await files.abort();
    });

    it('waits for a slow disk as long as it takes', async () => {
      const files = new NdjsonFiles(() =>
        Promise.resolve({
          write: () => delay(1500),
          publish: () => Promise.resolve(),
          abort: () => Promise.resolve(),
        }),
      );
      const { signal } = new AbortController();

      const select = `select repeat('x', 1000000) from generate_series(1, 4)`;
      await hurried.copyLines(select, files, UNLIMITED, signal);
      const [file] = await files.finish();

      expect(file?.lines).toBe(4);
    });
  });

  it('carries a row of 100 MB without holding it', async () => {
    let end = '';
    let most = 0;
    const before = process.memoryUsage().arrayBuffers;
    const files = new NdjsonFiles(() =>
      Promise.resolve({
        write: (chunks) => {
          end = (end + (chunks.at(-1)?.subarray(-20).toString() ?? '')).slice(-20);
          most = Math.max(most, process.memoryUsage().arrayBuffers - before);
          return Promise.resolve();
        },
        publish: () => Promise.resolve(),
        abort: () => Promise.resolve(),
      }),
    );

    await source.copyLines(
      `select repeat('x', 100000000) union all select '"after"'`,
      files,
      UNLIMITED,
      new AbortController().signal,
    );
    const [file] = await files.finish();

    expect(file).toMatchObject({ lines: 2, bytes: 100_000_001 + '"after"\n'.length });
    expect(end).toMatch(/xx\n"after"\n$/);
    expect(most).toBeLessThan(20_000_000);
  });

  it('reads nothing, and writes nothing, where there are no rows (MF-13)', async () => {
    const { files, copy } = begin();

    await copy('select null::text where false');

    await expect(files.finish()).resolves.toStrictEqual([]);
  });

  it.each([
    ['a row of nothing (NULL)', 'select null::text', 'COPY gave a row without content (NULL).'],
    ['an empty row', "select ''", 'COPY gave an empty row.'],
    ['two columns', "select 'a', 'b'", 'COPY gave 2 columns instead of one.'],
  ])('refuses %s and goes on with the next copy', async (_what, select, message) => {
    const refused = begin();
    await expect(refused.copy(select)).rejects.toThrow(message);
    await refused.files.abort();

    const { files, copy } = begin();
    await copy("select 'fine'");
    expect(await files.finish()).toMatchObject([{ lines: 1 }]);
  });

  it('reports an error of PostgreSQL in mid-stream, after rows have come, and goes on with the next copy', async () => {
    const { files, copy } = begin();

    await expect(
      copy("select repeat('x', 1000) || 1 / (50000 - n) from generate_series(1, 60000) n"),
    ).rejects.toMatchObject({ code: '22012' });
    await files.abort();

    const next = begin();
    await next.copy(`select ${line('n')} from generate_series(1, 5000) n`);
    expect(await next.files.finish()).toMatchObject([{ lines: 5000 }]);
  });

  it('stops the server when the signal is aborted in mid-stream, and leaves no file behind', async () => {
    const { files, copy } = begin();
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const endless = `select repeat('x', 1000) || generate_series(1, 100000000)`;

    const copying = copy(endless, { maxBytes: Infinity, maxLines: Infinity }, controller.signal);
    const watch = setInterval(() => {
      if (files.bytes > 5_000_000) controller.abort(reason);
    }, 10);
    await expect(copying).rejects.toBe(reason);
    clearInterval(watch);
    await files.abort();

    await expect(files.finish()).rejects.toThrow('given up');
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await until('the server has stopped', async () => {
      const { rows } = await client.query(
        `select from pg_stat_activity where query like 'copy (select repeat%' and state = 'active'
           and datname = current_database()`,
      );
      return rows.length === 0;
    });
    await client.end();
  });

  it('stops when a file cannot be written, with the reason', async () => {
    const files = new NdjsonFiles(() =>
      Promise.resolve({
        write: () => Promise.reject(new Error('disk full')),
        publish: () => Promise.resolve(),
        abort: () => Promise.resolve(),
      }),
    );

    await expect(
      source.copyLines(
        `select repeat('x', 1000) || generate_series(1, 100000000)`,
        files,
        UNLIMITED,
        new AbortController().signal,
      ),
    ).rejects.toThrow('disk full');
  });

  it('reports a refusal of the storage once, however many writes of one chunk meet it: nothing ends the process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on('unhandledRejection', note);
    const refusing = {
      write: () => Promise.reject(new Error('disk full')),
      cut: () => undefined,
    };

    await expect(
      source.copyLines(
        `select n::text from generate_series(1, 1000000) n`,
        refusing,
        { ...UNLIMITED, maxLines: 1 },
        new AbortController().signal,
      ),
    ).rejects.toThrow('disk full');
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);

    expect(unhandled).toStrictEqual([]);
  });

  it('waits for a slow disk without reading on', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const files = new NdjsonFiles(() =>
      Promise.resolve({ write: () => gate, publish: () => gate, abort: () => gate }),
    );
    const copying = source.copyLines(
      `select repeat('x', 1000) || n from generate_series(1, 50000) n`,
      files,
      UNLIMITED,
      new AbortController().signal,
    );

    let seen = 0;
    await until('the reader waits', () => {
      const still = seen > 0 && seen === files.bytes;
      seen = files.bytes;
      return still;
    });
    expect(seen).toBeLessThan(8_000_000);

    open();
    await copying;
    expect(await files.finish()).toMatchObject([{ lines: 50_000 }]);
  });

  it('reports a connection that is cut in mid-stream', async () => {
    const { files, copy } = begin();
    const client = new Client({ connectionString: database.url });
    await client.connect();

    const copying = copy(`select repeat('x', 1000) || generate_series(1, 100000000)`);
    const failure = copying.then(
      () => undefined,
      (error: unknown) => error,
    );
    while (files.bytes === 0) await new Promise(setImmediate);
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where query like 'copy (select repeat%' and datname = current_database()`,
    );
    await client.end();

    await expect(failure).resolves.toBeInstanceOf(Error);
    await files.abort();
  });

  it('reports a connection that is cut while a limited query runs, and goes on with the next: nothing ends the process', async () => {
    const url = new URL(database.url);
    const line = await slowProxy(Number(url.port), Infinity);
    url.port = String(line.port);
    const own = new ClinicalSource(configFor(url.href));
    const observer = new Client({ connectionString: database.url });
    await observer.connect();
    const cut = own.queryWithin(60_000, 'select pg_sleep(60) /* to be cut */', []);
    cut.catch(() => undefined);
    await until('it runs', async () => {
      const { rowCount } = await observer.query(
        `select from pg_stat_activity where query like '%/* to be cut */' and pid <> pg_backend_pid()`,
      );
      return rowCount === 1;
    });

    line.cut();

    await expect(cut).rejects.toThrow('Connection terminated');
    await expect(own.queryWithin(60_000, 'select 1 as one', [])).resolves.toStrictEqual([
      { one: 1 },
    ]);
    await observer.end();
    await own.onModuleDestroy();
    await line.close();
  });

  it('copies lines for a sink that keeps them, unchanged', async () => {
    const kept: Buffer[] = [];
    await source.copyLines(
      `select ${line('n')} from generate_series(1, 20000) n`,
      {
        write: (bytes) => {
          kept.push(bytes);
          return undefined;
        },
        cut: () => undefined,
      },
      UNLIMITED,
      new AbortController().signal,
    );

    const { files, copy, text } = begin();
    await copy(`select ${line('n')} from generate_series(1, 20000) n`);
    const [file] = await files.finish();
    expect(Buffer.concat(kept).equals(await text(file))).toBe(true);
  });

  it('logs in with a password where PostgreSQL asks for one', async () => {
    const name = `bulk_reader_${process.pid}`;
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(`create role ${name} login password 'päss word'`);
    const url = new URL(database.url);
    url.username = name;
    url.password = encodeURIComponent('päss word');
    const reader = new ClinicalSource(configFor(url.href));
    try {
      const { files, copy } = begin(reader);

      await copy('select current_user::text');

      expect(await files.finish()).toMatchObject([{ lines: 1, bytes: name.length + 1 }]);
    } finally {
      await reader.onModuleDestroy();
      await client.query(`drop role ${name}`);
      await client.end();
    }
  });

  it('reads over TLS (not tested where there is no openssl to make a certificate with)', async () => {
    const certificate = selfSigned();
    if (!certificate) {
      console.warn('No openssl here: reading over TLS was not tested.');
      return;
    }
    const proxy = await startTlsProxy(database.url, certificate);
    const reader = new ClinicalSource(configFor(proxy.url));
    try {
      const { files, copy, text } = begin(reader);
      await copy(`select ${line('n')} from generate_series(1, 20000) n`);
      await copy(`select ${line('n')} from generate_series(1, 20000) n`);
      const [file] = await files.finish();

      expect(file).toMatchObject({ lines: 40_000 });
      const half = Number(file?.bytes) / 2;
      const bytes = await text(file);
      expect(bytes.subarray(0, half).equals(bytes.subarray(half))).toBe(true);
      expect(proxy.encrypted()).toBeGreaterThan(half);
    } finally {
      await reader.onModuleDestroy();
      await proxy.close();
    }
  });
});
