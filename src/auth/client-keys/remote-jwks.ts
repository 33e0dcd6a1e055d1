import { Inject, Injectable } from '@nestjs/common';

import { HostClock } from '../../common';
import { type Config, CONFIG } from '../../config';
import { type FetchedJwks, fetchJwks } from './fetch-jwks';

interface Entry {
  readonly keys: readonly unknown[];
  readonly freshUntil: number;
  readonly staleUntil: number;
}

/** A key that turns up between two fetches is looked for at most this often. */
const REFETCH_INTERVAL_MS = 60_000;

/**
 * The key sets behind JWKS URLs, cached as their own headers permit (RG-06, RG-07), which jose's remote set
 * does not read.
 */
@Injectable()
export class RemoteJwks {
  private readonly entries = new Map<string, Entry>();
  private readonly fetching = new Map<string, Promise<Entry>>();
  private readonly refetchedAt = new Map<string, number>();

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'auth'>,
    private readonly host: HostClock,
  ) {}

  /**
   * The members of the set at `url`. When `kid` is not in the cached set, it is fetched again, at
   * most once a minute (RG-10).
   *
   * @throws JwksFetchError when the set can neither be fetched nor served from the cache
   */
  async keys(url: string, kid: string): Promise<readonly unknown[]> {
    const now = this.host.elapsed();
    const cached = this.entries.get(url);
    if (cached && now < cached.freshUntil && !this.mayRefetch(url, kid, cached)) return cached.keys;
    try {
      return (await this.fetchOnce(url)).keys;
    } catch (error) {
      if (cached && now < cached.staleUntil) return cached.keys;
      throw error;
    }
  }

  private mayRefetch(url: string, kid: string, { keys }: Entry): boolean {
    if (keys.some((key) => (key as { kid?: unknown } | null)?.kid === kid)) return false;
    const now = this.host.elapsed();
    if (now - (this.refetchedAt.get(url) ?? -Infinity) < REFETCH_INTERVAL_MS) return false;
    this.refetchedAt.set(url, now);
    return true;
  }

  /** Requests that need the same set at the same time share one fetch. */
  private fetchOnce(url: string): Promise<Entry> {
    const running = this.fetching.get(url);
    if (running) return running;
    const fetching = fetchJwks(url, {
      // The operators have chosen the issuer's URL themselves: it may be within their own network.
      allowPrivateAddresses:
        this.config.auth.allowPrivateJwksAddresses ||
        url === this.config.auth.trustedIssuer?.jwksUrl,
    })
      .then((fetched) => this.remember(url, fetched))
      .finally(() => this.fetching.delete(url));
    this.fetching.set(url, fetching);
    return fetching;
  }

  private remember(url: string, { keys, freshness }: FetchedJwks): Entry {
    const freshUntil = this.host.elapsed() + freshness.fresh * 1000;
    const entry = { keys, freshUntil, staleUntil: freshUntil + freshness.staleIfError * 1000 };
    this.entries.set(url, entry);
    return entry;
  }
}
