import { randomUUID } from 'node:crypto';

import { generateEcKeys } from '@app/keys';

/**
 * A fresh signing key for the embedded mode, as TOKEN_SIGNING_KEYS spells it. Processes that must
 * trust each other's tokens (api replicas) need the same keys: the launcher makes one and passes it on.
 */
export function embeddedSigningKeys(): string {
  const { privateJwk } = generateEcKeys();
  const key = { ...privateJwk, kid: randomUUID(), alg: 'ES384', use: 'sig' };
  return JSON.stringify({ keys: [key] });
}
