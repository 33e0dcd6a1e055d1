import { type LocalReference, parseInstant } from '@app/fhir';

import { BundleAddresses } from './bundle-addresses';
import { type BundleEntry, type EntryResource, readEnvelope, referenceAt } from './bundle-entries';
import { compactJson } from './json-compact';
import { isNamed, readMembers } from './json-scan';
import { rewriteLinks } from './link-rewrite';
import { InvalidResourceError } from './loader.errors';
import { applyEdits, insertAfter } from './text-edits';

/**
 * An entry of a Bundle: its resource on one line, what it deletes, or why neither is there; nothing of
 * these when it holds nothing of a record.
 */
export interface BundleResource {
  /** From 1. */
  readonly number: number;
  readonly text?: Buffer | undefined;
  readonly deleted?: LocalReference;
  /** Why the entry is not loaded. */
  readonly fault?: string;
  /**
   * In a history, the place of the version among the others, later ones with greater numbers: the
   * source's time in microseconds, or below every time when it tells none.
   */
  readonly place?: bigint;
}

type AddressesListener = (addresses: BundleAddresses) => void;

const BUNDLE_TYPES = [
  'transaction',
  'batch',
  'collection',
  'searchset',
  'document',
  'message',
  'history',
  'transaction-response',
  'batch-response',
];
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Cuts a Bundle's text into its resources, each on one line: white space between tokens goes, every
 * token keeps its spelling. What leads to other entries by fullUrl becomes `Type/id`. An entry
 * without id takes the uuid of its fullUrl, or the id that its fullUrl, location or PUT names. A file
 * that holds a single resource is one entry.
 *
 * @param onAddresses told what the fullUrls of each Bundle are, before its resources
 * @throws InvalidResourceError when the file as a whole is no Bundle of a loadable type
 */
export function* readBundle(
  file: Buffer,
  onAddresses: AddressesListener = () => undefined,
): Generator<BundleResource> {
  const text = compactJson(withoutMark(file));
  const bundle = readEnvelope(text);
  if (!bundle) {
    yield { number: 1, text };
    return;
  }
  if (!BUNDLE_TYPES.includes(bundle.type)) {
    throw new InvalidResourceError(`the Bundle is not one of ${BUNDLE_TYPES.join(', ')}`);
  }
  const addresses = new BundleAddresses(bundle.type, bundle.entries);
  onAddresses(addresses);
  const reading = { text, type: bundle.type, addresses, onAddresses };
  for (const entry of bundle.entries) yield* readEntry(entry, reading);
}

interface Reading {
  readonly text: Buffer;
  readonly type: string;
  readonly addresses: BundleAddresses;
  readonly onAddresses: AddressesListener;
}

function* readEntry(entry: BundleEntry, reading: Reading): Generator<BundleResource> {
  const { number, resource } = entry;
  const isAnswer = reading.type.endsWith('-response');
  const place = reading.type === 'history' ? { place: placeOf(entry) } : {};
  const request = isAnswer ? undefined : readRequest(entry);
  if (request) yield { number, ...request, ...place };
  else if (!resource)
    yield isAnswer ? { number } : { number, fault: 'the entry holds no resource' };
  else if (isAnswer && resource.type === 'Bundle') {
    // What a search or a history within a batch has found.
    for (const inner of readBundle(textOf(resource, reading.text), reading.onAddresses)) {
      yield { ...inner, number };
    }
  } else if (isOutcome(entry, resource)) yield { number };
  else yield { number, text: resourceText(entry, resource, reading), ...place };
}

/** What an entry is that asks for something else than to store its resource. */
function readRequest(entry: BundleEntry): Omit<BundleResource, 'number'> | undefined {
  const { method, resource } = entry;
  if (method === 'DELETE') return deletionOf(entry);
  if (method === 'PATCH') return { fault: 'a PATCH holds no resource' };
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && !resource ? {} : undefined;
}

/** Says how a search or a request went, and is nobody's record. */
function isOutcome({ mode }: BundleEntry, { type, id }: EntryResource): boolean {
  return mode === 'outcome' || (type === 'OperationOutcome' && id === undefined);
}

function deletionOf({ url, fullUrl }: BundleEntry): Pick<BundleResource, 'deleted' | 'fault'> {
  const deleted = referenceAt(url ?? '') ?? referenceAt(fullUrl ?? '');
  return deleted ? { deleted } : { fault: 'the deletion names no single resource' };
}

/** The latest version comes first in a history, whether it tells its time or not. */
function placeOf({ number, lastModified, resource }: BundleEntry): bigint {
  const told = resource?.lastUpdated ?? lastModified;
  return (told === undefined ? undefined : parseInstant(told)) ?? BigInt(-number);
}

function resourceText(entry: BundleEntry, resource: EntryResource, reading: Reading): Buffer {
  const { addresses } = reading;
  return rewriteLinks(
    withId(textOf(resource, reading.text), resource),
    (reference) => addresses.reference(reference, entry),
    (link) => addresses.link(link),
  );
}

function withId(text: Buffer, { id, hasId }: EntryResource): Buffer {
  if (hasId || id === undefined) return text;
  const type = readMembers(text, 0).find((member) => isNamed(text, member, 'resourceType'));
  return type ? applyEdits(text, [insertAfter(type, `"id":"${id}"`)]) : text;
}

function textOf({ start, end }: EntryResource, text: Buffer): Buffer {
  return text.subarray(start, end);
}

function withoutMark(file: Buffer): Buffer {
  return file.subarray(0, 3).toString('utf8') === BYTE_ORDER_MARK ? file.subarray(3) : file;
}
