import { conditionalKey } from './conditional-key';
import { type KnownBases, parseAbsolute } from './known-bases';
import { rewriteLinks } from './link-rewrite';

const VERSION = /\/_history\/[A-Za-z0-9\-.]{1,64}$/;

/** Links whose meaning is known only when the whole load has been read. */
export interface WaitingLinks {
  /** What they ask for: `Type system|value`, or `url` and a fullUrl of some Bundle. */
  readonly keys: readonly string[];
  /** References by urn or by search for which there is nothing to wait. */
  readonly dangling: number;
}

/** Which links of a resource may wait. */
export interface Patience {
  /** The resource is an entry of a Bundle: it may refer to others by search. */
  readonly isEntry: boolean;
  /** The load has other files, whose Bundles may tell fullUrls and bases. */
  readonly hasOthers: boolean;
  readonly bases: KnownBases;
}

/** Reads the links of a resource that must wait. */
export function readWaiting(text: Buffer, patience: Patience): WaitingLinks {
  const keys = new Set<string>();
  let dangling = 0;
  rewriteLinks(
    text,
    (reference) => {
      const key = waitingKey(reference, patience);
      if (key !== undefined) keys.add(key);
      else if (patience.isEntry && isByUrnOrSearch(reference)) dangling += 1;
      return undefined;
    },
    (link) => {
      if (patience.hasOthers && link.startsWith('urn:uuid:')) keys.add(urlKey(link));
      return undefined;
    },
  );
  return { keys: [...keys], dangling };
}

/**
 * Puts what was found in the place of links that waited.
 *
 * @param targets `Type/id` by key
 * @returns the text, and how many references by urn or by search stay
 */
export function settleWaiting(
  text: Buffer,
  patience: Patience,
  targets: ReadonlyMap<string, string>,
): { readonly text: Buffer; readonly dangling: number } {
  let dangling = 0;
  const settled = rewriteLinks(
    text,
    (reference) => {
      const key = waitingKey(reference, patience);
      const target = key === undefined ? undefined : targets.get(key);
      if (key !== undefined && target === undefined && isByUrnOrSearch(reference)) dangling += 1;
      return target === undefined ? undefined : target + (VERSION.exec(reference)?.[0] ?? '');
    },
    (link) => targets.get(urlKey(link)),
  );
  return { text: settled, dangling };
}

function waitingKey(
  reference: string,
  { isEntry, hasOthers, bases }: Patience,
): string | undefined {
  const key = isEntry ? conditionalKey(reference) : undefined;
  if (key !== undefined || !hasOthers) return key;
  if (reference.startsWith('urn:')) return urlKey(reference);
  if (!/^https?:/.test(reference)) return undefined;
  const absolute = parseAbsolute(reference);
  // What lies below a known base needs no other text: it is local as it stands.
  return absolute && bases.has(absolute.base) ? undefined : urlKey(reference);
}

function urlKey(link: string): string {
  return `url ${link.replace(VERSION, '')}`;
}

function isByUrnOrSearch(reference: string): boolean {
  return reference.startsWith('urn:') || reference.includes('?');
}
