import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';

/**
 * A fresh signing key for the embedded mode, as TOKEN_SIGNING_KEYS spells it. Processes that must
 * trust each other's tokens (api replicas) need the same keys: the launcher makes one and passes it on.
 */
export function embeddedSigningKeys(): string {
  // By way of DER: exporting the pair's own KeyObject as JWK can deadlock in Node 20, when the garbage
  // collector frees the generating job, which shares the key's lock, in the middle of the export.
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-384',
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const jwk = createPrivateKey({ key: privateKey, type: 'pkcs8', format: 'der' }).export({
    format: 'jwk',
  });
  const key = { ...jwk, kid: randomUUID(), alg: 'ES384', use: 'sig' };
  return JSON.stringify({ keys: [key] });
}
