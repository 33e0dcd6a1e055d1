import type { BundleEntry } from './bundle-entries';
import { parseAbsolute } from './known-bases';

/** Bundles of what a server holds: everything below their base is of the same record. */
const RECORDS = ['searchset', 'history', 'collection', 'transaction-response', 'batch-response'];
const VERSION = /\/_history\/[A-Za-z0-9\-.]{1,64}$/;

/** Where the fullUrls of a Bundle lead, and the bases that they show. */
export class BundleAddresses {
  /** `Type/id` by fullUrl. */
  readonly targets = new Map<string, string>();
  /** Bases of entries whose fullUrl is base, type and id. */
  readonly bases = new Set<string>();
  /** fullUrls that are the canonical url of what they hold: there they are names, not addresses. */
  private readonly names = new Set<string>();

  constructor(
    private readonly type: string,
    entries: readonly BundleEntry[],
  ) {
    for (const entry of entries) this.add(entry);
  }

  /** What a reference of the entry becomes; undefined when it stays. */
  reference(text: string, entry: BundleEntry): string | undefined {
    const version = VERSION.exec(text)?.[0] ?? '';
    const url = text.slice(0, text.length - version.length);
    const base = entry.fullUrl === undefined ? undefined : parseAbsolute(entry.fullUrl)?.base;
    const target =
      this.targets.get(url) ?? this.targets.get(`${base ?? ''}/${url}`) ?? this.ofRecord(url);
    return target === undefined || target === url ? undefined : `${target}${version}`;
  }

  /** What another link becomes. */
  link(text: string): string | undefined {
    if (this.names.has(text)) return undefined;
    const target = this.targets.get(text) ?? this.ofRecord(text);
    return target !== undefined && (this.targets.has(text) || target.startsWith('Binary/'))
      ? target
      : undefined;
  }

  private add({ fullUrl, resource }: BundleEntry): void {
    if (!resource || fullUrl === undefined) return;
    const { type, id, name } = resource;
    if (type === undefined || id === undefined) return;
    this.targets.set(fullUrl.replace(VERSION, ''), `${type}/${id}`);
    if (name === fullUrl) this.names.add(fullUrl);
    const absolute = parseAbsolute(fullUrl);
    if (absolute?.type === type && absolute.id === id) this.bases.add(absolute.base);
  }

  /** A page of a record points at resources of other pages by the same base. */
  private ofRecord(url: string): string | undefined {
    if (!RECORDS.includes(this.type)) return undefined;
    const absolute = parseAbsolute(url);
    return absolute && this.bases.has(absolute.base)
      ? `${absolute.type}/${absolute.id}`
      : undefined;
  }
}
