import { FhirError } from './fhir.error';
import { RETRY_SOON } from './unavailable';

/** Lets a few at once do costly work; the others wait in their order, and not for ever. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waitMilliseconds: number,
  ) {}

  /** @throws FhirError 503 with Retry-After when the turn has not come in time; then nothing was done */
  async take<T>(work: () => Promise<T>): Promise<T> {
    await this.begin();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  private begin(): Promise<void> {
    if (this.running < this.atOnce) {
      this.running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(begin), 1);
        reject(tooBusy());
      }, this.waitMilliseconds);
      this.waiting.push(begin);
    });
  }
}

function tooBusy(): FhirError {
  return new FhirError(
    'The server is busy finding members of other groups. Ask again later, as Retry-After says.',
    { status: 503, code: 'throttled', headers: RETRY_SOON },
  );
}
