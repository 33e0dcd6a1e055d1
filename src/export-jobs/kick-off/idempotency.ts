import { createHash } from 'node:crypto';

import { FhirError, invalidParameter } from '../../common';
import type { ExportTarget } from '../persistence/export-target';

export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** A kick-off that is to be one export, however often it is sent. */
export interface IdempotentKickOff {
  readonly key: string;
  /** Of what the client asks for: a key is for one request only. */
  readonly requestHash: Buffer;
}

/**
 * @param header the value of Idempotency-Key; undefined: every kick-off is new
 * @param request what is asked for, as parsed: other spellings of the same are the same
 * @throws FhirError 400 unless the key has 1 to 255 visible ASCII characters
 */
export function idempotentKickOff(
  header: string | readonly string[] | undefined,
  target: ExportTarget,
  request: object,
): IdempotentKickOff | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw invalidParameter(
      IDEMPOTENCY_HEADER,
      `${IDEMPOTENCY_HEADER} must be 1 to 255 visible ASCII characters, such as a UUID. Leave the header out to start a new export each time.`,
    );
  }
  const requestHash = createHash('sha256').update(canonical({ target, request })).digest();
  return { key: header, requestHash };
}

/** 422: answering with the other export would give the client something that it did not ask for. */
export function keyOfAnotherRequest(): FhirError {
  return new FhirError(
    `This ${IDEMPOTENCY_HEADER} has been used for an export of something else. Repeat that request unchanged, or take a new key for this one.`,
    { status: 422, code: 'conflict', expression: [IDEMPOTENCY_HEADER] },
  );
}

/** JSON with the members of objects in a fixed order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
