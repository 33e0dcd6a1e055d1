/** After so long without a failure all is forgotten. */
const FORGET_SECONDS = 900;
/** Strangers may come from any number of places. */
const MAX_KEYS = 10_000;

interface Failures {
  readonly count: number;
  /** By the process's own clock, in seconds. */
  readonly last: number;
}

/** How long whoever has failed must wait: twice as long after each further failure. */
export class BackOff {
  private readonly failures = new Map<string, Failures>();

  /**
   * @param free failures without a wait
   * @param longest wait, in seconds
   * @param now seconds of a clock that only goes forward
   */
  constructor(
    private readonly free: number,
    private readonly longest: number,
    private readonly now: () => number = () => performance.now() / 1000,
  ) {}

  /** Whole seconds that are left; 0: none. */
  wait(key: string): number {
    const { count, last } = this.of(key);
    if (count < this.free) return 0;
    const whole = Math.min(this.longest, 2 ** (count - this.free));
    return Math.max(0, Math.ceil(last + whole - this.now()));
  }

  fail(key: string): void {
    const count = this.of(key).count + 1;
    this.failures.delete(key);
    this.failures.set(key, { count, last: this.now() });
    const [oldest] = this.failures.keys();
    if (this.failures.size > MAX_KEYS && oldest !== undefined) this.failures.delete(oldest);
  }

  forget(key: string): void {
    this.failures.delete(key);
  }

  private of(key: string): Failures {
    const found = this.failures.get(key);
    if (found && this.now() - found.last < FORGET_SECONDS) return found;
    return { count: 0, last: this.now() };
  }
}
