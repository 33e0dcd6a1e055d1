import { parseInstant, shown } from '@app/fhir';

import { FhirError, invalidParameter, notFound } from '../../common';

const MEDIA_TYPES = ['application/fhir+ndjson', 'application/ndjson', 'application/x-ndjson'];
/** A source whose clock is a little ahead is no liar. */
const AHEAD_MILLISECONDS = 60_000;
const MAX_SEQUENCE = 2n ** 53n;

/** @throws FhirError 404 for what is no number of a batch */
export function readSequence(text: string): bigint {
  const sequence = /^[1-9]\d{0,15}$/.test(text) ? BigInt(text) : 0n;
  if (sequence > 0n && sequence < MAX_SEQUENCE) return sequence;
  throw notFound(`${shown(text, 32)} is no number of a batch: the first is 1, the next 2.`);
}

/**
 * The watermark that comes with a batch.
 *
 * @param now the time of day
 * @throws FhirError 400 when it is none, or one that cannot be true yet
 */
export function readUpTo(values: readonly string[], now: Date): string | undefined {
  const [text, ...others] = values;
  if (text === undefined) return undefined;
  if (others.length > 0) throw invalidParameter('upTo', 'upTo is given more than once.');
  const microseconds = parseInstant(text);
  if (microseconds === undefined) {
    throw invalidParameter(
      'upTo',
      `upTo ${shown(text, 64)} is no instant. Give a FHIR instant with a time zone, such as 2026-11-30T10:00:00.123Z (+ in a URL is %2B).`,
    );
  }
  if (Number(microseconds / 1000n) > now.getTime() + AHEAD_MILLISECONDS) {
    throw invalidParameter(
      'upTo',
      `upTo ${shown(text, 64)} lies in the future: nothing can be contained up to there. Give the source's present at most.`,
    );
  }
  return text;
}

/**
 * Whether the content of a batch is packed.
 *
 * @throws FhirError 415 for what is no NDJSON, or packed otherwise than by gzip
 */
export function readEncoding(headers: {
  readonly 'content-type'?: string | undefined;
  readonly 'content-encoding'?: string | undefined;
}): 'gzip' | 'identity' {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!MEDIA_TYPES.includes(type)) {
    throw new FhirError(`Content-Type must be one of ${MEDIA_TYPES.join(', ')}.`, {
      ...{ status: 415, code: 'not-supported', expression: ['Content-Type'] },
    });
  }
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'gzip' || encoding === 'identity') return encoding;
  throw new FhirError('Content-Encoding must be gzip, or left out.', {
    ...{ status: 415, code: 'not-supported', expression: ['Content-Encoding'] },
  });
}

/** @throws FhirError 400 for what is no number */
export function readAfter(given: unknown): number {
  if (given === undefined) return 0;
  if (typeof given === 'string' && /^\d{1,9}$/.test(given)) return Number(given);
  throw invalidParameter('after', 'after is no number. Take it from next of the page before.');
}
