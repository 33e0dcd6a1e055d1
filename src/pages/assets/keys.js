// Private keys as people have them (a JWK, a JWK Set, PKCS #8 in PEM) and signatures by them.
// Only signatures leave the browser: of a key there is nothing but the browser's handle.

const ES384 = { alg: 'ES384', name: { name: 'ECDSA', namedCurve: 'P-384' } };
const RS384 = { alg: 'RS384', name: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' } };
const SIGN_WITH = { ES384: { name: 'ECDSA', hash: 'SHA-384' }, RS384: RS384.name };

/** Browsers sign on pages of https and of this machine alone. */
function subtle() {
  if (crypto.subtle) return crypto.subtle;
  throw new Error('Browsers sign only on pages of https or localhost. Use a token instead.');
}

/**
 * The key that `text` holds: { alg, kid, key, clientId }, of which kid and clientId may be undefined.
 * From then on the browser signs with it, but gives it to nobody. Throws an Error for people to read.
 */
export async function read(text) {
  const trimmed = text.trim();
  return trimmed.startsWith('-----') ? fromPem(trimmed) : fromJson(trimmed);
}

async function fromJson(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('This is neither JSON (a JWK or a JWK Set) nor PEM (BEGIN PRIVATE KEY).');
  }
  const candidates = candidatesIn(value);
  const jwk = candidates.find((candidate) => candidate?.d && kindOf(candidate));
  if (jwk) return { ...(await imported(jwk)), clientId: value.clientId ?? value.client_id };
  throw new Error(
    candidates.some((candidate) => candidate?.kty && !candidate.d)
      ? 'This is a public key (it has no "d"): the private key is needed to sign.'
      : 'There is no private key here that signs RS384 (kty RSA) or ES384 (kty EC, crv P-384).',
  );
}

/** A JWK Set, a client's settings with its key, as the demonstration writes them, or a JWK. */
function candidatesIn(value) {
  if (Array.isArray(value?.keys)) return value.keys;
  return [value?.privateJwk ?? value];
}

function kindOf({ kty, crv }) {
  if (kty === 'RSA') return RS384;
  return kty === 'EC' && crv === 'P-384' ? ES384 : undefined;
}

async function imported(jwk) {
  const { alg, name } = kindOf(jwk);
  // Members such as alg and key_ops would have to fit the import; the numbers are what counts.
  const numbers = Object.fromEntries(
    ['kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi']
      .filter((member) => jwk[member] !== undefined)
      .map((member) => [member, jwk[member]]),
  );
  try {
    return {
      alg,
      kid: jwk.kid,
      key: await subtle().importKey('jwk', numbers, name, false, ['sign']),
    };
  } catch {
    throw new Error('The browser cannot read this key: its numbers do not fit together.');
  }
}

async function fromPem(text) {
  const body = /-----BEGIN PRIVATE KEY-----([\s\S]+?)-----END PRIVATE KEY-----/.exec(text)?.[1];
  if (!body) {
    throw new Error('Of PEM files only PKCS #8 is understood: BEGIN PRIVATE KEY, not encrypted.');
  }
  const bytes = Uint8Array.from(atob(body.replace(/\s+/g, '')), (char) => char.charCodeAt(0));
  for (const { alg, name } of [ES384, RS384]) {
    try {
      return {
        alg,
        kid: undefined,
        key: await subtle().importKey('pkcs8', bytes, name, false, ['sign']),
      };
    } catch {
      // Not of this kind: the next one, or the message below.
    }
  }
  throw new Error('This PEM holds neither an RSA key nor an EC key on P-384.');
}

/** A new key that the browser gives to nobody, and the JWK Set with its public half: { alg, kid, key, jwks }. */
export async function make() {
  const { alg, name } = ES384;
  const { privateKey, publicKey } = await subtle().generateKey(name, false, ['sign', 'verify']);
  const { kty, crv, x, y } = await subtle().exportKey('jwk', publicKey);
  const kid = await thumbprint({ crv, kty, x, y });
  return { alg, kid, key: privateKey, jwks: { keys: [{ kty, crv, x, y, kid, alg, use: 'sig' }] } };
}

/** RFC 7638: members in the order of their names. */
async function thumbprint(members) {
  const bytes = new TextEncoder().encode(JSON.stringify(members));
  return base64url(new Uint8Array(await subtle().digest('SHA-256', bytes)));
}

const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
const part = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));

/** A JWT with these claims. */
export async function sign({ alg, kid, key }, claims) {
  const text = `${part({ alg, kid, typ: 'JWT' })}.${part(claims)}`;
  const signature = await subtle().sign(SIGN_WITH[alg], key, new TextEncoder().encode(text));
  return `${text}.${base64url(new Uint8Array(signature))}`;
}
