import { readFileSync } from 'node:fs';

import { importJWK, type JWK } from 'jose';

import { ConfigurationError } from '../../../config';

const ALGORITHMS = ['ES384', 'RS384'];

/**
 * Reads the private key of a client: a JWK, alone or in a set.
 *
 * @throws ConfigurationError that never repeats what the file holds
 */
export async function readClientKey(file: string): Promise<JWK> {
  const given = parse(read(file));
  const [key, another] = (Array.isArray(given['keys']) ? given['keys'] : [given]) as readonly JWK[];
  const { alg = '', kid = '', d } = key ?? {};
  if (!key || another || !ALGORITHMS.includes(alg) || kid === '' || d === undefined) {
    throw faulty('must hold one private JWK with kid, and with alg ES384 or RS384');
  }
  await importJWK(key, alg).catch(() => {
    throw faulty(`holds no private key for ${alg}`);
  });
  return key;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw faulty(`cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given === 'object' && given !== null) return given as Record<string, unknown>;
  } catch {
    // JSON.parse quotes its input, which is a secret here: its message must not travel on.
  }
  throw faulty('is no JSON object');
}

function faulty(problem: string): ConfigurationError {
  return new ConfigurationError([`FEED_FHIR_KEY_FILE: ${problem}`]);
}
