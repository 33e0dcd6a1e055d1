import { FhirError, invalidParameter, readObject } from '../../common';
import { type BundleEntry, readEnvelope } from '../reading/bundle-entries';
import { compactJson } from '../reading/json-compact';

type Json = Readonly<Record<string, unknown>>;

/** An entry as it was sent: what it asks for, and where its resource lies in the Bundle's text. */
export interface SentEntry extends BundleEntry {
  readonly request: Json;
}

/** A Bundle of writes, its entries not looked at yet. */
export interface SentBundle {
  readonly type: 'transaction' | 'batch';
  /** Compact JSON. */
  readonly text: Buffer;
  readonly entries: readonly SentEntry[];
}

/**
 * Reads the body of a transaction or batch.
 *
 * @throws FhirError 400 that quotes nothing of it; 413 for too many entries
 */
export function readSentBundle(body: Buffer, maxEntries: number): SentBundle {
  const { resourceType, type, entry = [] } = readObject(body);
  if (resourceType !== 'Bundle') {
    throw invalidParameter('resourceType', 'The body must be a Bundle.');
  }
  if (type !== 'transaction' && type !== 'batch') {
    throw invalidParameter('Bundle.type', 'Bundle.type must be transaction or batch.');
  }
  if (!Array.isArray(entry)) throw invalidParameter('Bundle.entry', 'Bundle.entry must be a list.');
  if (entry.length > maxEntries) throw tooMany(maxEntries);
  const text = compactJson(body);
  const requests = (entry as readonly unknown[]).map((one) => objectOf(objectOf(one)['request']));
  const { entries = [] } = readEnvelope(text) ?? {};
  return {
    type,
    text,
    entries: entries.map((one, index) => ({ ...one, request: requests[index] ?? {} })),
  };
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function tooMany(most: number): FhirError {
  return new FhirError(
    `The Bundle has more than ${most} entries, which is the most here. Nothing was written.`,
    { status: 413, code: 'too-long', expression: ['Bundle.entry'] },
  );
}
