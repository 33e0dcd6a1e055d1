import { createSecretKey, type KeyObject } from 'node:crypto';

/** A key that files are encrypted with at rest. */
export interface EncryptionKey {
  /** Stands in the head of each file that the key encrypted. */
  readonly id: string;
  /** 32 bytes; as a KeyObject it appears in no log. */
  readonly key: KeyObject;
}

const KEY_BYTES = 32;

/** `id:base64,id:base64`, the first to encrypt with. @throws Error that repeats no key */
export function parseEncryptionKeys(input: string): readonly EncryptionKey[] {
  const keys = input.split(',').map((entry) => parseKey(entry.trim()));
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    throw new Error('has two keys with the same id');
  }
  return keys;
}

function parseKey(entry: string): EncryptionKey {
  const [, id, text] = /^([A-Za-z0-9._-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(entry) ?? [];
  const bytes = Buffer.from(text ?? '', 'base64');
  if (id === undefined || bytes.length !== KEY_BYTES) {
    throw new Error(
      'must hold id:key entries, separated by commas; an id of letters, digits and ._-, a key of 32 bytes in base64',
    );
  }
  return { id, key: createSecretKey(bytes) };
}
