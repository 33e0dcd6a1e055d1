/**
 * Reads something for several who ask at the same time: they share one reading. Those who ask after it has
 * ended get a new one.
 */
export class SharedReading<T> {
  private underWay: Promise<T> | undefined;

  constructor(private readonly read: () => Promise<T>) {}

  /** @throws what the reading throws */
  get(): Promise<T> {
    this.underWay ??= this.read().finally(() => {
      this.underWay = undefined;
    });
    return this.underWay;
  }
}
