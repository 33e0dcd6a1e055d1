import { FhirError } from './fhir.error';
import { RETRY_SOON, UNAVAILABLE_NOW } from './unavailable';

/** Lets a few at once do costly work; the others wait in their order, and not for ever. */
export class Turns {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly atOnce: number,
    private readonly waitMilliseconds: number,
    private readonly refusal: () => FhirError = unavailable,
  ) {}

  /** @throws the refusal, a 503 with Retry-After, when the turn has not come in time; then nothing was done */
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
        reject(this.refusal());
      }, this.waitMilliseconds);
      this.waiting.push(begin);
    });
  }
}

function unavailable(): FhirError {
  return new FhirError(UNAVAILABLE_NOW, { status: 503, code: 'transient', headers: RETRY_SOON });
}
