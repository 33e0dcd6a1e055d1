import type { JWK } from 'jose';

import type { Jwks } from './key-source';
import { bareKey, judgeKey } from './public-key';

const MAX_KEYS = 100;

/** A set that was read. */
export interface ReadJwks {
  /** The bare public keys that can verify assertions. */
  readonly jwks: Jwks;
  /** A sentence for each key that is for others, and was left out. */
  readonly foreign: readonly string[];
}

/**
 * Reads the set that an operator registers inline (RG-02, RG-05, RG-11).
 *
 * @returns what is wrong with each key, unless the set can be used; key material is not repeated
 */
export function readInlineJwks(input: unknown): ReadJwks | { readonly faults: readonly string[] } {
  const keys = keysOf(input);
  if (keys === undefined) return { faults: ['The JWKS must look like {"keys":[…]}.'] };
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    return { faults: [`The JWKS must hold 1 to ${MAX_KEYS} keys.`] };
  }
  const verdicts = keys.map(judgeKey);
  const told = (kind: 'faulty' | 'foreign'): readonly string[] =>
    verdicts.flatMap((verdict, index) =>
      verdict.kind === kind ? [`Key ${index + 1} of the JWKS ${verdict.reason}.`] : [],
    );
  const [faults, foreign] = [told('faulty'), told('foreign')];
  if (faults.length > 0) return { faults };
  const good = keys.filter((_, index) => verdicts[index]?.kind === 'good') as readonly JWK[]; // looked at
  if (good.length === 0) return { faults: [NO_KEY, ...foreign] };
  const twins = twinFaults(good);
  return twins.length > 0 ? { faults: twins } : { jwks: { keys: good.map(bareKey) }, foreign };
}

const NO_KEY = 'The JWKS holds no key for RS384 or ES384.';

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
