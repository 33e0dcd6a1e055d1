import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Response } from 'express';

import type { AuditEvent, AuditLog } from '../audit';
import { begun, breakOff, FhirError } from '../common';
import { ReplacedVersionError } from './one-version';

/** @throws FhirError 503 when the version that was found is not the present one any more */
export async function opened(text: Readable): Promise<Readable> {
  try {
    return await begun(text);
  } catch (error) {
    if (!(error instanceof ReplacedVersionError)) throw error;
    throw new FhirError(
      'The resource is being replaced just now. Ask again in 1 s, as Retry-After says.',
      { status: 503, code: 'transient', headers: { 'Retry-After': '1' } },
    );
  }
}

/** Puts a read on record; without that nothing of what was opened is given. */
export async function recordRead(
  audit: AuditLog,
  event: Omit<AuditEvent, 'outcome'>,
  body: Readable | undefined,
): Promise<void> {
  await audit.record({ ...event, outcome: 'success' }).catch((error: unknown) => {
    body?.destroy();
    throw error;
  });
}

export function etagOf({ version }: { readonly version: string }): string {
  return `W/"${version}"`;
}

/** Sends what was opened. What breaks off must not look complete, and a client that goes away is no failure. */
export async function send(response: Response, stream: Readable): Promise<void> {
  await pipeline(stream, response).catch(() => {
    breakOff(response);
  });
}
