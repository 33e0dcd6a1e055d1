import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { type FileStorage, InvalidStorageKeyError, type StoredFile } from '../../src/storage';
import { CheckedStorage } from '../../src/storage/checked-storage';
import { LocalDiskStorage } from '../../src/storage/local-disk.storage';

interface Driver {
  readonly name: string;
  start(): Promise<{ readonly storage: FileStorage; stop(): Promise<void> }>;
}

const LOCAL_DISK: Driver = {
  name: 'local disk',
  start: async () => {
    const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
    return {
      storage: new CheckedStorage(new LocalDiskStorage(root)),
      stop: () => rm(root, { recursive: true }),
    };
  },
};

/** What every driver promises. A new driver is a row here. */
describe.each([LOCAL_DISK])('FileStorage on $name', (driver) => {
  let storage: FileStorage;
  let stop: () => Promise<void>;
  let prefix: string;

  beforeAll(async () => {
    ({ storage, stop } = await driver.start());
  });

  afterAll(() => stop());

  beforeEach(() => {
    prefix = `exports/${randomUUID()}`;
  });

  async function store(key: string, ...chunks: readonly Buffer[]): Promise<void> {
    const writer = await storage.create(key);
    await writer.write(chunks);
    await writer.publish();
  }

  async function read(file: StoredFile | undefined): Promise<Buffer> {
    if (!file) throw new Error('There is no such file.');
    return buffer(file.stream);
  }

  it('gives back every byte that was written, whatever the chunks', async () => {
    const chunks = [1, 300_000, 0, 77, 2_000_000].map((length) => randomBytes(length));
    const writer = await storage.create(`${prefix}/a.ndjson`);
    await writer.write(chunks.slice(0, 2));
    await writer.write(chunks.slice(2));
    await writer.publish();

    const file = await storage.open(`${prefix}/a.ndjson`);

    expect(file?.size).toBe(2_300_078);
    expect((await read(file)).equals(Buffer.concat(chunks))).toBe(true);
  });

  it('gives a range with both ends included', async () => {
    await store(`${prefix}/a.ndjson`, Buffer.from('0123456789'));

    const file = await storage.open(`${prefix}/a.ndjson`, { start: 2, end: 5 });

    expect(file?.size).toBe(10);
    expect((await read(file)).toString()).toBe('2345');
  });

  it('shows nothing of a file before it is published', async () => {
    const writer = await storage.create(`${prefix}/a.ndjson`);
    await writer.write([Buffer.from('half')]);

    await expect(storage.open(`${prefix}/a.ndjson`)).resolves.toBeUndefined();
    await expect(storage.list(prefix)).resolves.toStrictEqual([]);
    await writer.abort();
  });

  it('leaves nothing of a file that is given up, however often that is said', async () => {
    const writer = await storage.create(`${prefix}/a.ndjson`);
    await writer.write([Buffer.from('half')]);

    await writer.abort();
    await writer.abort();

    await expect(storage.open(`${prefix}/a.ndjson`)).resolves.toBeUndefined();
  });

  it('lists what is published below a prefix, and not its neighbours', async () => {
    await store(`${prefix}/a.ndjson`, Buffer.from('a'));
    await store(`${prefix}/deeper/b.ndjson`, Buffer.from('b'));
    await store(`${prefix}-neighbour/c.ndjson`, Buffer.from('c'));

    const keys = await storage.list(prefix);

    expect([...keys].sort()).toStrictEqual([`${prefix}/a.ndjson`, `${prefix}/deeper/b.ndjson`]);
  });

  it('removes a prefix with everything below it, unpublished bytes too, and twice', async () => {
    await store(`${prefix}/a.ndjson`, Buffer.from('a'));
    const writer = await storage.create(`${prefix}/b.ndjson`);
    await writer.write([Buffer.from('half')]);

    await storage.removePrefix(prefix);
    await storage.removePrefix(prefix);

    await expect(storage.list(prefix)).resolves.toStrictEqual([]);
    await writer.abort();
  });

  it('removes one file, and succeeds when it is not there', async () => {
    await store(`${prefix}/a.ndjson`, Buffer.from('a'));

    await storage.remove(`${prefix}/a.ndjson`);
    await storage.remove(`${prefix}/a.ndjson`);

    await expect(storage.open(`${prefix}/a.ndjson`)).resolves.toBeUndefined();
  });

  it('lets a reader finish a file that is removed meanwhile (SEC-09)', async () => {
    const bytes = randomBytes(3_000_000);
    await store(`${prefix}/a.ndjson`, bytes);
    const file = await storage.open(`${prefix}/a.ndjson`);

    await storage.removePrefix(prefix);

    expect((await read(file)).equals(bytes)).toBe(true);
  });

  it.each([
    '../etc/passwd',
    'a/../../b',
    '/etc/passwd',
    'a//b',
    'a/.hidden',
    'a\0b',
    'ä',
    '',
    'a/',
    'x'.repeat(129),
  ])('refuses the key "%s"', async (key) => {
    await expect(storage.create(key)).rejects.toThrow(InvalidStorageKeyError);
    await expect(storage.open(key)).rejects.toThrow(InvalidStorageKeyError);
    await expect(storage.list(key)).rejects.toThrow(InvalidStorageKeyError);
    await expect(storage.remove(key)).rejects.toThrow(InvalidStorageKeyError);
    await expect(storage.removePrefix(key)).rejects.toThrow(InvalidStorageKeyError);
  });
});

describe('LocalDiskStorage', () => {
  it('leaves no temporary file behind once a file is published', async () => {
    const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
    const writer = await new LocalDiskStorage(root).create('exports/a.ndjson');
    await writer.write([Buffer.from('a')]);

    await writer.publish();

    await expect(readdir(join(root, 'exports'))).resolves.toStrictEqual(['a.ndjson']);
    await rm(root, { recursive: true });
  });
});
