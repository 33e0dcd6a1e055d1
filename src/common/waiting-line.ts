import { FhirError } from './fhir.error';
import { RETRY_SOON, UNAVAILABLE_NOW } from './unavailable';

/** Work that only a few may do at a time, in the order in which they come; the others wait a while. */
export class WaitingLine {
  private busy = 0;
  private readonly waiting = new Set<() => void>();

  /** @param seconds that each waits at most */
  constructor(
    private readonly places: number,
    private readonly seconds: number,
  ) {}

  /** @throws FhirError 503 when no place was free in time, or what `work` throws */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    await this.place();
    try {
      return await work();
    } finally {
      const [next] = this.waiting;
      if (next) next();
      else this.busy--;
    }
  }

  private place(): Promise<void> {
    if (this.busy < this.places) {
      this.busy++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(enter);
        reject(tooLong());
      }, this.seconds * 1000);
      const enter = (): void => {
        clearTimeout(timer);
        this.waiting.delete(enter);
        resolve();
      };
      this.waiting.add(enter);
    });
  }
}

function tooLong(): FhirError {
  return new FhirError(UNAVAILABLE_NOW, { status: 503, code: 'transient', headers: RETRY_SOON });
}
