import type { JWK } from 'jose';

import type { Jwks } from './key-source';
import { bareKey, publicKeyFault } from './public-key';

const MAX_KEYS = 100;

/**
 * Reads the set that an operator registers inline (RG-02, RG-05, RG-11).
 *
 * @returns the bare public keys, or what is wrong with each key; key material is not repeated
 */
export function readInlineJwks(
  input: unknown,
): { readonly jwks: Jwks } | { readonly faults: readonly string[] } {
  const keys = keysOf(input);
  if (keys === undefined) return { faults: ['The JWKS must look like {"keys":[…]}.'] };
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    return { faults: [`The JWKS must hold 1 to ${MAX_KEYS} keys.`] };
  }
  const faults = keys.flatMap((key, index) => {
    const fault = publicKeyFault(key);
    return fault === undefined ? [] : [`Key ${index + 1} of the JWKS ${fault}.`];
  });
  if (faults.length > 0) return { faults };
  const sound = keys as readonly JWK[]; // publicKeyFault has just looked at each
  const twins = twinFaults(sound);
  return twins.length > 0 ? { faults: twins } : { jwks: { keys: sound.map(bareKey) } };
}

/** The members of a JWK Set, or undefined when it is none. */
export function keysOf(input: unknown): readonly unknown[] | undefined {
  if (typeof input !== 'object' || input === null || !('keys' in input)) return undefined;
  return Array.isArray(input.keys) ? input.keys : undefined;
}

/** Two keys that one assertion header could mean would make every such assertion fail (JW-13). */
function twinFaults(keys: readonly JWK[]): readonly string[] {
  const names = keys.map((key) => JSON.stringify([key.kid, key.kty]));
  return keys
    .filter((_, index) => names.indexOf(names[index] ?? '') !== index)
    .map((key) => `The JWKS has the kid "${String(key.kid)}" twice among its ${key.kty} keys.`);
}
