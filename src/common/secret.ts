import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares by hash, so that the time that this takes says nothing about the secret. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
