import { randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';

import { type FileStorage, InvalidStorageKeyError, type StoredFile } from '../../src/storage';

/** What every driver promises: a spec of a driver begins with this. */
export function fileStorageContract(
  name: string,
  start: () => Promise<{ readonly storage: FileStorage; stop(): Promise<void> }>,
): void {
  describe(`FileStorage on ${name}`, () => {
    let storage: FileStorage;
    let stop: () => Promise<void>;
    let prefix: string;

    beforeAll(async () => {
      ({ storage, stop } = await start());
    }, 180_000);

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

    it('gives every range of a file that has many blocks, and of its end', async () => {
      const bytes = randomBytes(200_003);
      await store(`${prefix}/a.ndjson`, bytes);
      const ranges = [0, 65_535, 65_536, 131_071, 200_002].flatMap((start) =>
        [0, 1, 65_535, 65_536, 140_000]
          .map((length) => ({ start, end: Math.min(start + length, 200_002) }))
          .map((range) => ({ range, expected: bytes.subarray(range.start, range.end + 1) })),
      );

      for (const { range, expected } of ranges) {
        const file = await storage.open(`${prefix}/a.ndjson`, range);

        expect(file?.size).toBe(bytes.length);
        expect((await read(file)).equals(expected)).toBe(true);
      }
    });

    it('stores a file that fills its blocks exactly, and one without bytes', async () => {
      const full = randomBytes(131_072);
      await store(`${prefix}/full.ndjson`, full);
      await store(`${prefix}/empty.ndjson`);

      const empty = await storage.open(`${prefix}/empty.ndjson`);

      expect((await read(await storage.open(`${prefix}/full.ndjson`))).equals(full)).toBe(true);
      expect(empty?.size).toBe(0);
      expect(await read(empty)).toHaveLength(0);
    });

    it('keeps what it was given, though the buffer is used again afterwards', async () => {
      const writer = await storage.create(`${prefix}/a.ndjson`);
      const buffer = Buffer.alloc(300_000, 'a');
      await writer.write([buffer]);
      buffer.fill('b');
      await writer.publish();

      const stored = await read(await storage.open(`${prefix}/a.ndjson`));

      expect(stored.equals(Buffer.alloc(300_000, 'a'))).toBe(true);
    });

    it('replaces a file that is written again', async () => {
      await store(`${prefix}/a.ndjson`, Buffer.from('first'));
      await store(`${prefix}/a.ndjson`, Buffer.from('second'));

      expect((await read(await storage.open(`${prefix}/a.ndjson`))).toString()).toBe('second');
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

    it('leaves published files and other writers alone when it removes unpublished bytes by key', async () => {
      const bytes = Buffer.alloc(9_000_000, 'a');
      const [dead, alive] = await Promise.all(
        ['dead', 'alive'].map((name) => storage.create(`${prefix}/${name}.1.ndjson`)),
      );
      await dead?.write([bytes]);
      await alive?.write([bytes]);
      await store(`${prefix}/done.ndjson`, Buffer.from('done'));

      const asked: string[] = [];
      await storage.removeUnpublished(prefix, (key) => {
        asked.push(key);
        return key === `${prefix}/dead.1.ndjson`;
      });

      await alive?.publish();
      expect(asked).not.toContain(`${prefix}/done.ndjson`);
      expect([...(await storage.list(prefix))].sort()).toStrictEqual([
        `${prefix}/alive.1.ndjson`,
        `${prefix}/done.ndjson`,
      ]);
      await dead?.abort();
      await storage.removeUnpublished(`${prefix}-nothing`, () => true);
    });

    it('names the folders below a prefix, and says when something in them was written last', async () => {
      const before = Date.now();
      await store(`${prefix}/one/a.ndjson`, Buffer.from('a'));
      await store(`${prefix}/two/deeper/b.ndjson`, Buffer.from('b'));
      await store(`${prefix}/c.ndjson`, Buffer.from('c'));

      const folders = await storage.folders(prefix);
      const last = await storage.lastModified(`${prefix}/two`);

      expect([...folders].sort()).toStrictEqual(['one', 'two']);
      // A storage may keep whole seconds only, by a clock of its own.
      expect(Math.abs((last?.getTime() ?? 0) - before)).toBeLessThan(120_000);
      await expect(storage.folders(`${prefix}/three`)).resolves.toStrictEqual([]);
      await expect(storage.lastModified(`${prefix}/three`)).resolves.toBeUndefined();
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
      await expect(storage.removeUnpublished(key, () => true)).rejects.toThrow(
        InvalidStorageKeyError,
      );
      await expect(storage.folders(key)).rejects.toThrow(InvalidStorageKeyError);
      await expect(storage.lastModified(key)).rejects.toThrow(InvalidStorageKeyError);
    });
  });
}
