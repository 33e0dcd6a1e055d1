import { createCipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
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

  const withKeys = (...keys: readonly EncryptionKey[]): EncryptedStorage =>
    new EncryptedStorage(new LocalDiskStorage(root), keys);

  async function store(storage: EncryptedStorage, bytes: Buffer): Promise<void> {
    const writer = await storage.create('a');
    await writer.write([bytes]);
    await writer.publish();
  }

  async function read(storage: EncryptedStorage, encrypted?: boolean): Promise<Buffer> {
    const file = await storage.open('a', undefined, encrypted);
    if (!file) throw new Error('There is no such file.');
    return buffer(file.stream);
  }

  it('signs no URLs, which would lead to what cannot be read', async () => {
    await expect(withKeys(first).presign('a', PRESIGN)).resolves.toBeUndefined();
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
    await store(withKeys(), text);

    for (const encrypted of [undefined, false]) {
      expect((await read(withKeys(first), encrypted)).equals(text)).toBe(true);
    }
  });

  it.each([undefined, true])(
    'refuses what was encrypted when it has no keys (noted: %s)',
    async (encrypted) => {
      await store(withKeys(first), text);

      await expect(read(withKeys(), encrypted)).rejects.toThrow(/needs the encryption key 2026-01/);
    },
  );

  it('refuses plain text, and nothing at all, in the place of what was written encrypted', async () => {
    for (const planted of [text, Buffer.alloc(0)]) {
      await writeFile(join(root, 'a'), planted);

      await expect(read(withKeys(first), true)).rejects.toThrow(StorageIntegrityError);
    }
  });

  it('refuses ranges of which the blocks are gone', async () => {
    await store(withKeys(first), text);
    await truncate(join(root, 'a'), 100_000);

    await expect(withKeys(first).open('a', { start: 200_000, end: 200_010 })).rejects.toThrow(
      StorageIntegrityError,
    );
  });

  it('refuses a file in the place of another, and each of its ranges', async () => {
    await store(withKeys(first), text);
    await rename(join(root, 'a'), join(root, 'b'));

    const moved = await withKeys(first).open('b', { start: 70_000, end: 70_010 });

    await expect(buffer(moved?.stream ?? Readable.from([]))).rejects.toThrow(StorageIntegrityError);
  });

  it('reads files of the first format, which know no name, only where nobody has noted how they were written', async () => {
    await writeFile(join(root, 'a'), sealedWithoutName(first, Buffer.from('{"id":"1"}\n')));

    expect((await read(withKeys(first))).toString()).toBe('{"id":"1"}\n');
    await expect(read(withKeys(first), true)).rejects.toThrow(StorageIntegrityError);
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

const PRESIGN = {
  at: new Date(),
  lifetime: 60,
  contentType: 'application/fhir+ndjson',
  contentEncoding: undefined,
  fileName: 'a',
};

/** A file of one block as releases wrote it that did not bind blocks to names. */
function sealedWithoutName({ id, key }: EncryptionKey, plain: Buffer): Buffer {
  const salt = randomBytes(32);
  const fileKey = Buffer.from(hkdfSync('sha256', key, salt, 'ehr-bulk-data file', 32));
  const cipher = createCipheriv('aes-256-gcm', fileKey, Buffer.alloc(12)).setAAD(Buffer.from([1]));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  const head = Buffer.from(`EHRBD\u0001${String.fromCharCode(id.length)}${id}`, 'latin1');
  return Buffer.concat([head, salt, sealed]);
}
