/** A private ES384 key (RFC 7517/7518) that signs access tokens. */
export interface SigningKey {
  readonly kty: 'EC';
  readonly crv: 'P-384';
  readonly kid: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** What can follow `Bearer` in a header, long enough not to be tried out. @throws Error saying so. */
export function parseAdminToken(input: string): string {
  if (!/^[A-Za-z0-9._~+/=-]{32,512}$/.test(input)) {
    throw new Error('must be 32 to 512 letters, digits and any of - . _ ~ + / =');
  }
  return input;
}

export function isHttpUrl(input: string): boolean {
  if (!URL.canParse(input)) return false;
  const { protocol, username, password, search, hash } = new URL(input);
  return (
    /^https?:$/.test(protocol) && [username, password, search, hash].every((one) => one === '')
  );
}

/** A whole number in these bounds, in digits alone. @throws Error that says which are accepted */
export function parseWhole(input: string, from: number, to?: number): number {
  const value = Number(input);
  const isWithin = value >= from && value <= (to ?? Number.MAX_SAFE_INTEGER);
  if (/^\d+$/.test(input) && isWithin) return value;
  const bounds = to === undefined ? `, ${from} or more` : ` from ${from} to ${to}`;
  throw new Error(`must be a whole number${bounds}`);
}

/** A JWKS of private ES384 keys with distinct `kid`s. @throws Error that never repeats the input. */
export function parseSigningKeys(input: string): readonly SigningKey[] {
  const keys = readKeys(input);
  if (keys.length === 0) throw new Error('must hold at least one key');
  if (!keys.every(isSigningKey)) {
    throw new Error('must hold only private EC keys on P-384 with kid, x, y and d');
  }
  if (new Set(keys.map((key) => key.kid)).size !== keys.length) {
    throw new Error('must not use a kid twice');
  }
  return keys;
}

function readKeys(input: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(input.replace(/^\uFEFF/, ''));
    if (typeof parsed === 'object' && parsed !== null && 'keys' in parsed) {
      if (Array.isArray(parsed.keys)) return parsed.keys;
    }
  } catch {
    // JSON.parse quotes its input, which is a secret here: its message must not travel on.
  }
  throw new Error('must be a JSON Web Key Set: {"keys":[…]}');
}

function isSigningKey(key: unknown): key is SigningKey {
  if (typeof key !== 'object' || key === null) return false;
  const fields = key as Readonly<Record<string, unknown>>;
  const texts = ['kid', 'x', 'y', 'd'].every(
    (name) => typeof fields[name] === 'string' && fields[name] !== '',
  );
  return texts && fields['kty'] === 'EC' && fields['crv'] === 'P-384';
}

export function parseKeyPrefix(input: string): string {
  if (!/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(input)) {
    throw new Error('must be a path of letters, digits and ._- without slashes at its ends');
  }
  return input;
}
