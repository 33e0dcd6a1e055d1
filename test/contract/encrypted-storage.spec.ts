import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import type { EncryptionKey } from '../../src/config';
import { CheckedStorage } from '../../src/storage/checked-storage';
import { EncryptedStorage } from '../../src/storage/encrypted-storage';
import { LocalDiskStorage } from '../../src/storage/local-disk.storage';
import { StorageIntegrityError } from '../../src/storage/storage.errors';
import { encryptionKey } from '../support/storage';
import { fileStorageContract } from './file-storage.contract';

fileStorageContract('local disk, encrypted', async () => {
  const root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
  const storage = new EncryptedStorage(new LocalDiskStorage(root), [encryptionKey('a')]);
  return { storage: new CheckedStorage(storage), stop: () => rm(root, { recursive: true }) };
});

describe(EncryptedStorage.name, () => {
  const [first, second] = [encryptionKey('2026-01'), encryptionKey('2026-11')];
  const text = Buffer.from('{"resourceType":"Patient","id":"known-text"}\n'.repeat(5000));
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'bulk-storage-'));
  });

  afterEach(() => rm(root, { recursive: true }));

  const withKeys = (...keys: readonly [EncryptionKey, ...EncryptionKey[]]): EncryptedStorage =>
    new EncryptedStorage(new LocalDiskStorage(root), keys);

  async function store(storage: EncryptedStorage, bytes: Buffer): Promise<void> {
    const writer = await storage.create('a');
    await writer.write([bytes]);
    await writer.publish();
  }

  async function read(storage: EncryptedStorage): Promise<Buffer> {
    const file = await storage.open('a');
    if (!file) throw new Error('There is no such file.');
    return buffer(file.stream);
  }

  it('signs no URLs, which would lead to what cannot be read', async () => {
    await expect(withKeys(first).presign()).resolves.toBeUndefined();
  });

  it('leaves no readable text on the disk, and the same text twice looks different', async () => {
    await store(withKeys(first), text);
    const once = await readFile(join(root, 'a'));
    await store(withKeys(first), text);
    const again = await readFile(join(root, 'a'));

    expect(once.includes('Patient')).toBe(false);
    expect(once.subarray(64).equals(again.subarray(64))).toBe(false);
  });

  it('reads files of an older key after a rotation, and writes with the new one', async () => {
    await store(withKeys(first), text);
    const rotated = withKeys(second, first);

    expect((await read(rotated)).equals(text)).toBe(true);

    await store(rotated, text);

    expect((await read(withKeys(second))).equals(text)).toBe(true);
    await expect(read(withKeys(first))).rejects.toThrow(/needs the encryption key 2026-11/);
  });

  it('refuses a file whose key has the same id and other bytes', async () => {
    await store(withKeys(first), text);

    await expect(read(withKeys(encryptionKey('2026-01')))).rejects.toThrow(StorageIntegrityError);
  });

  it('gives files that were stored before there were keys as they are', async () => {
    await writeFile(join(root, 'a'), text);

    expect((await read(withKeys(first))).equals(text)).toBe(true);
  });

  it.each([1, 16, 17, 65_552, 65_553, 100_000, 200_000])(
    'notices a file that lost its last %i bytes',
    async (lost) => {
      await store(withKeys(first), text);
      const stored = (await readFile(join(root, 'a'))).length;

      await truncate(join(root, 'a'), stored - lost);

      await expect(read(withKeys(first))).rejects.toThrow(StorageIntegrityError);
    },
  );

  it('notices a changed byte, wherever it is, and blocks that changed places', async () => {
    await store(withKeys(first), randomBytes(200_000));
    const path = join(root, 'a');
    const stored = await readFile(path);
    const headBytes = stored.length - 200_000 - 4 * 16;
    const changed = (at: number): Buffer => {
      const copy = Buffer.from(stored);
      copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
      return copy;
    };
    const swapped = Buffer.from(stored);
    stored.copy(swapped, headBytes, headBytes + 65_552, headBytes + 2 * 65_552);
    stored.copy(swapped, headBytes + 65_552, headBytes, headBytes + 65_552);
    const places = [headBytes - 1, headBytes, headBytes + 70_000, stored.length - 1];

    for (const bytes of [...places.map(changed), swapped]) {
      await writeFile(path, bytes);

      await expect(read(withKeys(first))).rejects.toThrow(StorageIntegrityError);
    }
  });
});
