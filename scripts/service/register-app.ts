import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

import { type ClientKeys, generateClientKeys } from '@app/smart-client';

import { serviceCli } from '../database/service-cli';

export interface AppToRegister {
  /** What people call it; its id begins with it. */
  readonly name: string;
  /** The groups that it may export. */
  readonly groups: readonly string[];
  /** The feeds that it may send batches of. */
  readonly feeds?: readonly string[];
  /** It may write single resources. */
  readonly fhirWrites?: boolean;
  /** Where a file may be put for a moment. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Who a registered app is, and the key that proves it. */
export type AppCredentials = Pick<ClientKeys, 'privateJwk'> & { readonly clientId: string };

/**
 * Registers a System app with a key pair made for it, through the service's command line.
 *
 * @throws when that refuses
 */
export async function registerApp(app: AppToRegister): Promise<AppCredentials> {
  const clientId = `${app.name.toLowerCase()}-${randomBytes(4).toString('hex')}`;
  const { jwks, privateJwk } = await generateClientKeys('ES384');
  const file = path.join(app.directory, `${clientId}.jwks.json`);
  fs.writeFileSync(file, JSON.stringify(jwks));
  try {
    await serviceCli(
      [
        ...['apps', 'register', '--type', 'system', '--id', clientId, '--name', app.name],
        ...app.groups.flatMap((group) => ['--group', group]),
        ...(app.feeds ? ['--feeds', app.feeds.join(',')] : []),
        ...(app.fhirWrites ? ['--fhir-writes'] : []),
        ...['--jwks', file],
      ],
      app.environment,
      { signal: app.signal, output: 'held-back' },
    );
  } finally {
    fs.rmSync(file);
  }
  return { clientId, privateJwk };
}
