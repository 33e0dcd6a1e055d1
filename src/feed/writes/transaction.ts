import type { FhirError } from '../../common';
import { BundleAddresses } from '../reading/bundle-addresses';
import type { BundleEntry } from '../reading/bundle-entries';
import { conditionalKey } from '../reading/conditional-key';
import { rewriteLinks, rewriteReferences } from '../reading/link-rewrite';
import { readIdentifiers } from '../reading/resource-identifiers';
import type { AskedEntry } from './asked-entry';
import { entryFault } from './entry-fault';
import type { FindByIdentifier, Found } from './find-by-identifier';
import { keyOf, type ResourceWrite } from './resource-write';
import type { WriteUnit, WrittenBy } from './write-unit';

/** An entry whose resource could be stored, but for what it refers to. */
export interface CheckedEntry extends AskedEntry {
  /** Undefined for a DELETE. */
  readonly text: Buffer | undefined;
}

/**
 * Entries that are written together or not at all (R4 http, transaction): what refers to another entry
 * by its fullUrl becomes `Type/id`, and so do references by search.
 *
 * @throws FhirError 400 when two entries are about the same resource, or have the same fullUrl
 */
export function transaction(
  entries: readonly CheckedEntry[],
  { by, wantsContent }: { readonly by: WrittenBy; readonly wantsContent: boolean },
): WriteUnit {
  requireDistinct(entries, ({ type, id }) => `${type}/${id}`, 'about a resource');
  requireDistinct(entries, ({ fullUrl }) => fullUrl, 'with a fullUrl', 'fullUrl');
  requireDistinct(
    entries,
    ({ ifNoneExist }) => ifNoneExist,
    'with a search',
    'request.ifNoneExist',
  );
  return {
    keys: entries.map(keyOf),
    bytes: entries.reduce((sum, { text }) => sum + (text?.length ?? 0), 0),
    isAlone: entries.some(
      (entry) => entry.ifNoneExist !== undefined || searchesOf(entry).length > 0,
    ),
    by,
    writes: async (find) => {
      const settled = await settleCreations(entries, find);
      const addressed = resolveAddresses(settled);
      const resolved = await resolveSearches(addressed, find);
      return resolved.map(({ type, id, text, expected, isKept }) => ({
        ...{ type, id, expected, wantsContent, isKept },
        line: text,
      }));
    },
  };
}

type SettledEntry = CheckedEntry & Required<Pick<ResourceWrite, 'isKept'>>;

function requireDistinct(
  entries: readonly CheckedEntry[],
  keyOfEntry: (entry: CheckedEntry) => string | undefined,
  what: string,
  element?: string,
): void {
  const numbers = new Map<string, number>();
  for (const entry of entries) {
    const key = keyOfEntry(entry);
    if (key === undefined) continue;
    const first = numbers.get(key);
    if (first !== undefined) {
      const diagnostics = `It is ${what} that entry ${first} has too. Nothing was written.`;
      throw entryFault(entry.number, diagnostics, {
        ...{ status: 400, code: 'value', ...(element !== undefined && { element }) },
      });
    }
    numbers.set(key, entry.number);
  }
}

/** What is there already is taken instead of a new resource, if it is not being deleted here. */
async function settleCreations(
  entries: readonly CheckedEntry[],
  find: FindByIdentifier,
): Promise<readonly SettledEntry[]> {
  const found = await find(entries.flatMap(({ ifNoneExist }) => ifNoneExist ?? []));
  const deleted = new Set(entries.filter(({ method }) => method === 'DELETE').map(keyOf));
  const settled = entries.map((entry) => {
    const { number, type, ifNoneExist } = entry;
    const ids = ifNoneExist === undefined ? [] : (found.get(ifNoneExist) ?? []);
    const [id, ...others] = ids.filter((one) => !deleted.has(`${type}/${one}`));
    if (others.length > 0) throw severalExist(number);
    return id === undefined ? { ...entry, isKept: false } : { ...entry, id, isKept: true };
  });
  requireDistinct(settled, keyOf, 'about a resource');
  return settled;
}

function resolveAddresses(entries: readonly SettledEntry[]): readonly SettledEntry[] {
  const addresses = new BundleAddresses('transaction', entries.map(addressOf));
  return entries.map((entry) => {
    const { text, isKept, number } = entry;
    if (text === undefined || isKept) return entry;
    const own = addressOf(entry);
    const resolved = rewriteLinks(
      text,
      (reference) => {
        const target = addresses.reference(reference, own);
        if (target === undefined && /^urn:/i.test(reference)) throw leadsNowhere(number);
        return target;
      },
      (link) => addresses.link(link),
    );
    return { ...entry, text: resolved };
  });
}

function addressOf({ number, fullUrl, id, resource }: SettledEntry): BundleEntry {
  const told = { method: undefined, url: undefined, lastModified: undefined, mode: undefined };
  return { number, fullUrl, ...told, resource: resource && { ...resource, id } };
}

/** As of after this transaction: what the store has and it neither replaces nor deletes, and what it brings. */
async function resolveSearches(
  entries: readonly SettledEntry[],
  find: FindByIdentifier,
): Promise<readonly SettledEntry[]> {
  const keys = [...new Set(entries.flatMap(searchesOf))];
  if (keys.length === 0) return entries;
  const stored = await find(keys);
  const targets = targetsOf(keys, entries, stored);
  return entries.map((entry) => {
    if (entry.text === undefined || entry.isKept) return entry;
    const text = rewriteReferences(entry.text, (reference) => {
      const key = conditionalKey(reference);
      if (key === undefined) return undefined;
      const [target, ...others] = targets.get(key) ?? [];
      if (target === undefined || others.length > 0) throw notOne(entry.number, key, others.length);
      return target;
    });
    return { ...entry, text };
  });
}

function targetsOf(
  keys: readonly string[],
  entries: readonly SettledEntry[],
  stored: Found,
): ReadonlyMap<string, ReadonlySet<string>> {
  const written = new Set(entries.filter(({ isKept }) => !isKept).map(keyOf));
  const targets = new Map<string, Set<string>>();
  for (const key of keys) {
    const type = key.slice(0, key.indexOf(' '));
    const ids = (stored.get(key) ?? []).map((id) => `${type}/${id}`);
    targets.set(key, new Set(ids.filter((target) => !written.has(target))));
  }
  for (const { type, id, text, isKept } of entries) {
    if (text === undefined || isKept) continue;
    for (const identifier of readIdentifiers(JSON.parse(text.toString()))) {
      targets.get(`${type} ${identifier}`)?.add(`${type}/${id}`);
    }
  }
  return targets;
}

/** @throws FhirError 422 for a search that is none by identifier */
function searchesOf({ text, number }: CheckedEntry): readonly string[] {
  const keys: string[] = [];
  if (text === undefined) return keys;
  rewriteReferences(text, (reference) => {
    const key = conditionalKey(reference);
    if (key !== undefined) keys.push(key);
    else if (/^[A-Za-z]+\?/.test(reference)) throw unknownSearch(number);
    return undefined;
  });
  return keys;
}

function severalExist(number: number): FhirError {
  return entryFault(number, 'Several resources have the identifier of ifNoneExist.', {
    ...{ status: 412, code: 'conflict', element: 'request.ifNoneExist' },
  });
}

function leadsNowhere(number: number): FhirError {
  return entryFault(
    number,
    'It has a reference by urn that is no fullUrl of what is written together with it.',
    {
      ...{ status: 422, code: 'not-found', element: 'resource' },
    },
  );
}

function unknownSearch(number: number): FhirError {
  const diagnostics =
    'It has a reference by search other than [type]?identifier=system|value, which is not supported.';
  return entryFault(number, diagnostics, {
    ...{ status: 422, code: 'not-supported', element: 'resource' },
  });
}

function notOne(number: number, key: string, others: number): FhirError {
  const type = key.slice(0, key.indexOf(' '));
  const count = others > 0 ? 'several resources' : 'no resource';
  return entryFault(number, `It has a reference by search that finds ${count} of type ${type}.`, {
    ...{ status: 422, code: others > 0 ? 'conflict' : 'not-found', element: 'resource' },
  });
}
