import { formatMicroseconds, parseInstant, quoted } from '@app/fhir';

import { FhirError, invalidParameter } from '../../../common';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

/** UTC instants with microseconds. */
export interface Window {
  /** Only later versions are given (PR-10). */
  readonly since: string | undefined;
  /** Only earlier versions are given (PR-20). */
  readonly until: string | undefined;
}

/** How far ahead of our clock a client's may be before its `_since` counts as the future. */
const SKEW_MICROSECONDS = 300_000_000n;
const DAY_MILLISECONDS = 86_400_000;

/** Faults are refused whatever the client prefers: without a bound the export would be another. */
export function readWindow(given: KickOffParameters, now: Date): Window {
  const since = readInstant(given, '_since');
  const until = readInstant(given, '_until');
  if (since !== undefined && since > BigInt(now.getTime()) * 1000n + SKEW_MICROSECONDS) {
    throw invalidParameter(
      '_since',
      '_since lies in the future. Give the transactionTime of an earlier export.',
    );
  }
  if (since !== undefined && until !== undefined && since >= until) throw emptyWindow();
  return { since: format(since), until: format(until) };
}

/**
 * Whether `_since` lies before the history that is kept: then nobody can say any more what was deleted
 * after it, or who has joined. Refused, for a client's copy would keep for ever what is gone; who takes
 * that upon themselves is given all changes, without `deleted`.
 *
 * @throws FhirError 400 that says what is accepted; without an instant of our own, so that a kick-off
 *   which is repeated with its Idempotency-Key stays the same request
 */
export function isBeforeHistory(
  { since }: Window,
  { now, historyDays }: { readonly now: Date; readonly historyDays: number | undefined },
  lenience: LenientHandling,
): boolean {
  if (since === undefined || historyDays === undefined) return false;
  const oldest = new Date(now.getTime() - historyDays * DAY_MILLISECONDS);
  if (since >= formatMicroseconds(BigInt(oldest.getTime()) * 1000n)) return false;
  const diagnostics = `_since is older than the history that is kept, ${historyDays} days, so that what was deleted after it is not known. Give an instant of these days, or export without _since to replace your copy. With Prefer: handling=lenient all changes after it are given, without deleted.`;
  lenience.refuseOrIgnore(invalidParameter('_since', diagnostics, 'not-supported'));
  return true;
}

/** PR-16. */
function readInstant(given: KickOffParameters, name: '_since' | '_until'): bigint | undefined {
  const value = given.single(name);
  if (value === undefined) return undefined;
  // A zone's plus that was decoded to a space.
  const instant = parseInstant(value.replace(/ (?=\d{2}:\d{2}$)/, '+'));
  if (instant !== undefined) return instant;
  throw invalidParameter(
    name,
    `${name} is ${quoted(value)}; it must be a FHIR instant: date, time with seconds, and zone, such as 2026-01-31T13:28:17.239+02:00 or 2026-01-31T11:28:17Z.`,
  );
}

function format(instant: bigint | undefined): string | undefined {
  return instant === undefined ? undefined : formatMicroseconds(instant);
}

/** PR-23. */
function emptyWindow(): FhirError {
  return new FhirError(
    '_until must be later than _since: only what changed after _since and before _until is given.',
    { status: 400, code: 'value', expression: ['_since', '_until'] },
  );
}
