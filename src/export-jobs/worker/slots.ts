/** Something of an app's that a process has claimed and works on. */
export interface Claimed {
  readonly appId: string;
}

/**
 * What this process works on at a time, one more than `perApp`: however slow the work of one app is, a
 * slot is left for another's. Work that has begun cannot be taken away.
 */
export class Slots {
  private readonly held = new Map<string, number>();
  private lastClaim: Promise<unknown> = Promise.resolve();

  /** @param perApp slots that one app may hold */
  constructor(private readonly perApp: number) {}

  /**
   * Claims, and works on what was claimed.
   *
   * @param claim is given the apps that hold all that they may, and must claim nothing of theirs
   * @returns undefined when nothing was claimed
   */
  async fill<T extends Claimed, R>(
    claim: (full: readonly string[]) => Promise<T | undefined>,
    work: (claimed: T) => Promise<R>,
  ): Promise<R | undefined> {
    const claimed = await this.next(claim);
    if (claimed === undefined) return undefined;
    try {
      return await work(claimed);
    } finally {
      this.count(claimed.appId, -1);
    }
  }

  /** One claim after the other: two at once would both find the last slot of an app free. */
  private next<T extends Claimed>(
    claim: (full: readonly string[]) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const next = this.lastClaim.then(async () => {
      const claimed = await claim(this.full());
      if (claimed) this.count(claimed.appId, 1);
      return claimed;
    });
    this.lastClaim = next.catch(() => undefined);
    return next;
  }

  private full(): readonly string[] {
    return [...this.held].flatMap(([appId, slots]) => (slots < this.perApp ? [] : [appId]));
  }

  private count(appId: string, change: 1 | -1): void {
    const slots = (this.held.get(appId) ?? 0) + change;
    if (slots > 0) this.held.set(appId, slots);
    else this.held.delete(appId);
  }
}
