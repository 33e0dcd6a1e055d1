import { compactVerify, importJWK, type JWK } from 'jose';

import { parseStrictObject } from '../../common';
import { ASSERTION_ALGORITHMS, type AssertionAlgorithm } from '../client-keys/public-key';
import { invalidClient, unproven } from './oauth.error';

type JsonObject = Readonly<Record<string, unknown>>;

/** What an assertion says of itself, before anything is verified. */
export interface ClaimedAssertion {
  readonly jwt: string;
  readonly alg: AssertionAlgorithm;
  readonly kid: string;
  readonly jku: string | undefined;
  readonly clientId: string;
  readonly claims: JsonObject;
}

export interface VerifiedAssertion {
  readonly clientId: string;
  readonly jti: string;
  /** Seconds since 1970; with the skew added, the assertion cannot be used after it. */
  readonly exp: number;
}

export interface AssertionRules {
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds by which clocks may differ, on both sides (JW-17). */
  readonly skew: number;
  /** The URLs that may be named, from the configuration (JW-18); the first is the one to name. */
  readonly audiences: readonly string[];
}

const MAX_LENGTH = 16_384;
const MAX_LIFETIME = 300;

/** Reads header and issuer of an assertion (JW-05, JW-06, JW-08). @throws OAuthError invalid_client */
export function readAssertion(jwt: string): ClaimedAssertion {
  if (jwt.length > MAX_LENGTH) throw malformed('is too long');
  const { header, payload } = decode(jwt);
  const { iss, sub } = payload;
  if (typeof iss !== 'string' || iss === '') throw malformed('must hold the client id as iss');
  if (iss !== sub) throw malformed('must hold the client id as both iss and sub');
  return { jwt, ...readHeader(header), clientId: iss, claims: payload };
}

/** Keys in the header (jwk, x5c, x5u) are ignored: whoever signs could put any there. */
function readHeader({
  alg,
  kid,
  typ,
  jku,
  crit,
}: JsonObject): Pick<ClaimedAssertion, 'alg' | 'kid' | 'jku'> {
  if (!isAlgorithm(alg)) throw malformed('must be signed with RS384 or ES384 (header alg)');
  if (typeof kid !== 'string' || kid === '') throw malformed('must name its key (header kid)');
  // SMART clients set typ to "JWT", but common libraries leave it out, and RFC 7523 lets them.
  if (typ !== undefined && !(typeof typ === 'string' && /^JWT$/i.test(typ))) {
    throw malformed('must have the header typ JWT');
  }
  // RFC 7515 §4.1.11: an extension that must be understood, and none is.
  if (crit !== undefined) throw malformed('must not have the header crit');
  if (jku !== undefined && typeof jku !== 'string') throw malformed('has a jku that is no URL');
  return { alg, kid, jku };
}

/**
 * Verifies signature and claims (JW-06, JW-07, JW-15, JW-17). Whether the `jti` is new is not asked
 * here: that comes last (JW-16).
 *
 * @throws OAuthError invalid_client; in plain words only once the signature holds
 */
export async function verifyAssertion(
  assertion: ClaimedAssertion,
  key: JWK,
  rules: AssertionRules,
): Promise<VerifiedAssertion> {
  const { clientId, claims } = assertion;
  await verifySignature(assertion, key);
  const fault = audienceFault(claims, rules) ?? timeFault(claims, rules) ?? jtiFault(claims);
  if (fault !== undefined) throw malformed(fault);
  const { jti, exp } = claims as { readonly jti: string; readonly exp: number }; // looked at above
  return { clientId, jti, exp };
}

function malformed(fault: string): ReturnType<typeof invalidClient> {
  return invalidClient('assertion', `The client assertion ${fault}.`);
}

function decode(jwt: string): { readonly header: JsonObject; readonly payload: JsonObject } {
  const [, header, payload] = COMPACT_JWS.exec(jwt) ?? [];
  if (header === undefined || payload === undefined) throw malformed('is not a signed JWT');
  try {
    return { header: decodePart(header), payload: decodePart(payload) };
  } catch {
    // What the parser says of a malformed token adds nothing for its sender.
    throw malformed('is not a signed JWT');
  }
}

const COMPACT_JWS = /^([\w-]+)\.([\w-]+)\.[\w-]*$/;

/** @throws Error for what is not UTF-8 or no JSON object with distinct names */
function decodePart(part: string): JsonObject {
  const bytes = Buffer.from(part, 'base64url');
  return parseStrictObject(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

function isAlgorithm(alg: unknown): alg is AssertionAlgorithm {
  return ASSERTION_ALGORITHMS.some((known) => known === alg);
}

async function verifySignature({ jwt, alg, jku }: ClaimedAssertion, key: JWK): Promise<void> {
  try {
    await compactVerify(jwt, await importJWK(key, alg), { algorithms: [alg] });
  } catch (cause) {
    throw unproven('signature', jku, { cause });
  }
}

/** Compared as text, as RFC 7523 §3 asks: no URL is normalised. */
function audienceFault({ aud }: JsonObject, { audiences }: AssertionRules): string | undefined {
  const given: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  const named = given.some((value) => audiences.some((audience) => value === audience));
  return named ? undefined : `must have the aud ${audiences[0] ?? ''}`;
}

function timeFault({ exp, iat, nbf }: JsonObject, rules: AssertionRules): string | undefined {
  const { now, skew } = rules;
  if (!isTime(exp)) return 'must have an exp in seconds since 1970';
  if (exp <= now - skew) return 'has expired (exp)';
  if (exp > now + MAX_LIFETIME + skew) {
    return `must expire within ${MAX_LIFETIME} seconds of its making (exp)`;
  }
  if (iat !== undefined && !(isTime(iat) && iat <= now + skew)) return 'has an iat in the future';
  if (isTime(iat) && exp - iat > MAX_LIFETIME + skew) {
    return `must live for ${MAX_LIFETIME} seconds at most (exp, iat)`;
  }
  if (nbf !== undefined && !(isTime(nbf) && nbf <= now + skew)) return 'is not valid yet (nbf)';
  return undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function jtiFault({ jti }: JsonObject): string | undefined {
  const good = typeof jti === 'string' && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(jti);
  return good ? undefined : 'must have a jti of 1 to 255 printable characters';
}
