import { randomBytes } from 'node:crypto';
import fs from 'node:fs';

import { BulkClient, type BulkClientOptions, generateClientKeys } from '@app/smart-client';

import { serviceCli } from '../database/service-cli';
import { CLIENT_FILE, DEMO_FOLDER } from './places';

export const GROUP = 'INF-101';

/** A System app that may export the group, registered with a key pair made for this run. */
export interface RegisteredClient {
  readonly clientId: string;
  /** Writes down how to sign in, for `--token`, once the address is known. */
  readonly connect: (fhirBase: string) => BulkClient;
}

/** @throws when the service's command line refuses */
export async function registerClient(
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<RegisteredClient> {
  const clientId = `demo-${randomBytes(4).toString('hex')}`;
  const { jwks, privateJwk } = await generateClientKeys('ES384');
  const jwksFile = `${CLIENT_FILE}.jwks`;
  fs.writeFileSync(jwksFile, JSON.stringify(jwks));
  await serviceCli(
    [
      ...['apps', 'register', '--type', 'system', '--id', clientId],
      ...['--name', 'Demonstration', '--group', GROUP, '--jwks', jwksFile],
    ],
    environment,
    { signal, quiet: true },
  );
  fs.rmSync(jwksFile);
  return {
    clientId,
    connect(fhirBase) {
      const options: BulkClientOptions = { fhirBase, clientId, privateJwk };
      // A file of an earlier run keeps its mode when it is written over: take it away first.
      fs.rmSync(CLIENT_FILE, { force: true });
      fs.writeFileSync(CLIENT_FILE, `${JSON.stringify(options, null, 2)}\n`, { mode: 0o600 });
      return new BulkClient(options);
    },
  };
}

/** An access token of the demonstration that is running. @throws Error when none is */
export async function tokenOfRunningDemo(): Promise<string> {
  try {
    const text = fs.readFileSync(CLIENT_FILE, 'utf8');
    // Written by registerClient.
    return await new BulkClient(JSON.parse(text) as BulkClientOptions).token();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(
      `No demonstration is running from ${DEMO_FOLDER} (${why}). Start one with npm run demo.`,
      { cause },
    );
  }
}
