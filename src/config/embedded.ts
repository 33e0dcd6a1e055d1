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

/** What is set although it is for the embedded mode alone. */
export function embeddedFaults(settings: {
  readonly EMBEDDED: boolean;
  readonly FAULTS: readonly unknown[];
  readonly DEMO_CLIENT_FILE: string | undefined;
}): readonly string[] {
  if (settings.EMBEDDED) return [];
  return [
    ...(settings.FAULTS.length > 0
      ? ['FAULTS is for rehearsals only: remove it, or set EMBEDDED.']
      : []),
    ...(settings.DEMO_CLIENT_FILE === undefined
      ? []
      : ['DEMO_CLIENT_FILE is for demonstrations only: remove it, or set EMBEDDED.']),
  ];
}
