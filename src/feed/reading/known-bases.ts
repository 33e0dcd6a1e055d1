import { type LocalReference, parseReference } from '@app/fhir';

/** More bases than this are no longer learned: data that brings so many is no record of one server. */
const MAX_BASES = 1000;
/** Looking for more of them in a text costs as much as parsing it. */
const MAX_SEARCHED = 8;
const ABSOLUTE =
  /^(https?:\/\/\S+)\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?)$/;

/** An absolute URL of a resource, read. */
export interface AbsoluteReference extends LocalReference {
  /** Without a trailing slash. */
  readonly base: string;
}

/** Reads `[base]/Type/id`, with or without a version; undefined for anything else. */
export function parseAbsolute(text: string): AbsoluteReference | undefined {
  const [, base, relative = ''] = ABSOLUTE.exec(text) ?? [];
  const target = base === undefined ? undefined : parseReference(relative);
  return target && base !== undefined ? { ...target, base } : undefined;
}

/**
 * The base URLs whose resources are this store's, under the same ids: the service's own, those that
 * an operator names, and those that loaded Bundles show, by entries whose fullUrl is base, type and id.
 */
export class KnownBases {
  private readonly own: ReadonlySet<string>;
  private readonly others = new Set<string>();

  /** @param own the service's own, which every load knows */
  constructor(own: readonly string[] = [], others: readonly string[] = []) {
    this.own = new Set(own);
    for (const base of others) this.add(base);
  }

  add(base: string): void {
    if (!this.own.has(base) && this.others.size < MAX_BASES) this.others.add(base);
  }

  has(base: string): boolean {
    return this.own.has(base) || this.others.has(base);
  }

  isOwn(base: string): boolean {
    return this.own.has(base);
  }

  /** False only when no base but the service's own can be named in this JSON. */
  mayBeIn(text: Buffer): boolean {
    if (this.others.size === 0) return false;
    if (this.others.size > MAX_SEARCHED || text.includes('\\')) return true;
    return [...this.others].some((base) => text.includes(base));
  }

  /** Those that are not the service's own. */
  learned(): readonly string[] {
    return [...this.others];
  }
}
