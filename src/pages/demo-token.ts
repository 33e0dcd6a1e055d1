import { readFile } from 'node:fs/promises';

import type { RequestHandler } from 'express';

import { BulkClient, type BulkClientOptions } from '@app/smart-client';

import { forbidden } from '../common';
import type { Config } from '../config';

/** Names of this machine to itself. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Signs in as the demonstration's app, as the app itself would: its key stays in the file. Only for who
 * names the service by a name of its own: a page of another site that leads its name here gets nothing.
 *
 * @param clientFile JSON with `fhirBase`, `clientId` and `privateJwk`
 */
export function demoToken(clientFile: string, { http }: Config): RequestHandler {
  const names = [...LOOPBACK, new URL(http.publicUrl).hostname];
  return async (request, response) => {
    if (!names.includes(request.hostname)) throw forbidden(STRANGE_NAME);
    // Written by the demonstration.
    const client = JSON.parse(await readFile(clientFile, 'utf8')) as BulkClientOptions;
    const token = await new BulkClient(client).token();
    response.set('Cache-Control', 'no-store').json({ client_id: client.clientId, token });
  };
}

const STRANGE_NAME = 'The demonstration signs in only under the name of this machine.';
