/**
 * Reads by key, once for all who ask in the same turn of the event loop. The reading begins after the last
 * of them has asked: what had changed before that is seen by each.
 */
export class TurnReading<T> {
  private readonly due = new Map<string, Promise<T>>();

  constructor(private readonly read: (key: string) => Promise<T>) {}

  /** @throws what the reading throws */
  get(key: string): Promise<T> {
    const joined = this.due.get(key);
    if (joined) return joined;
    const reading = new Promise(setImmediate).then(() => {
      this.due.delete(key);
      return this.read(key);
    });
    this.due.set(key, reading);
    return reading;
  }
}
