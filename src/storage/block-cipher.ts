import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

import type { EncryptionKey } from '../config';
import { StorageIntegrityError } from './storage.errors';

/** Plain bytes of a block; the last one of a file holds fewer, or none. */
export const BLOCK_BYTES = 65_536;
const TAG_BYTES = 16;
export const SEALED_BYTES = BLOCK_BYTES + TAG_BYTES;

/** The last byte is the format. From 2 on, blocks are bound to the name of their file. */
const MAGIC = Buffer.from('EHRBD\u0002', 'latin1');
const NAMELESS = Buffer.from('EHRBD\u0001', 'latin1');
const SALT_BYTES = 32;
const MAX_ID_BYTES = 64;
export const MAX_HEAD_BYTES = MAGIC.length + 1 + MAX_ID_BYTES + SALT_BYTES;

/**
 * Encrypts and decrypts the blocks of one file with AES-256-GCM, each on its own, so that any of them
 * can be read without the others. Every file has a key of its own, derived from a random salt, so
 * the block's number is a nonce that never repeats; it also keeps blocks in their places. Whether a
 * block is the last is authenticated, so that a file that was cut short does not pass for a whole one; so is
 * the name of the file, so that none passes for another.
 */
export class BlockCipher {
  /** @param name authenticated with each block; empty for files of the first format */
  private constructor(
    private readonly key: Buffer,
    private readonly name: Buffer,
  ) {}

  /** For a new file called `name`. @returns the cipher and the head that the file begins with */
  static begin({ id, key }: EncryptionKey, name: string): { cipher: BlockCipher; head: Buffer } {
    const salt = randomBytes(SALT_BYTES);
    const keyId = Buffer.from(id, 'latin1');
    const head = Buffer.concat([MAGIC, Buffer.from([keyId.length]), keyId, salt]);
    return { cipher: new BlockCipher(deriveKey(key, salt), Buffer.from(name)), head };
  }

  /**
   * For the file called `name` that begins with `bytes`, at least MAX_HEAD_BYTES of them where it has as many.
   *
   * @returns undefined when the file is not encrypted; `isNamed` when its blocks are bound to the name
   * @throws StorageIntegrityError when its key is not configured
   */
  static resume(
    bytes: Buffer,
    keys: readonly EncryptionKey[],
    name: string,
  ): { cipher: BlockCipher; headBytes: number; isNamed: boolean } | undefined {
    const magic = bytes.subarray(0, MAGIC.length);
    const isNamed = magic.equals(MAGIC);
    if (!isNamed && !magic.equals(NAMELESS)) return undefined;
    const saltAt = MAGIC.length + 1 + (bytes[MAGIC.length] ?? 0);
    const id = bytes.toString('latin1', MAGIC.length + 1, saltAt);
    const salt = bytes.subarray(saltAt, saltAt + SALT_BYTES);
    const found = keys.find((key) => key.id === id);
    if (!found) throw new StorageIntegrityError(`needs the encryption key ${printable(id)}`);
    if (salt.length < SALT_BYTES) throw new StorageIntegrityError('was cut short');
    const cipher = new BlockCipher(deriveKey(found.key, salt), Buffer.from(isNamed ? name : ''));
    return { cipher, headBytes: saltAt + SALT_BYTES, isNamed };
  }

  seal(plain: Buffer, block: number, isLast: boolean): Buffer {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce(block)).setAAD(this.mark(isLast));
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws StorageIntegrityError when the block is not what was sealed at this place */
  unseal(sealed: Buffer, block: number, isLast: boolean): Buffer {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) throw new StorageIntegrityError('was cut short');
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonce(block))
      .setAAD(this.mark(isLast))
      .setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(0, end));
    try {
      decipher.final();
    } catch {
      throw new StorageIntegrityError('was changed or cut short');
    }
    return plain;
  }

  private mark(isLast: boolean): Buffer {
    return Buffer.concat([Buffer.from([isLast ? 1 : 0]), this.name]);
  }
}

/** Plain bytes of a file that is `sealedBytes` long without its head. */
export function plainBytes(sealedBytes: number): number {
  return Math.max(0, sealedBytes - Math.ceil(sealedBytes / SEALED_BYTES) * TAG_BYTES);
}

function deriveKey(key: KeyObject, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'ehr-bulk-data file', 32));
}

function nonce(block: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(block), 4);
  return bytes;
}

function printable(id: string): string {
  return /^[A-Za-z0-9._-]+$/.test(id) ? id : 'that it names';
}
