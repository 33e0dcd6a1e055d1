import { UnfitDatabaseError } from '../database';
import { codeOf, UnfitError } from './dependencies';

export interface Fitness {
  /** `late`: worth a look, while the process serves all the same. */
  readonly status: 'up' | 'down' | 'late';
  /** Of what is not up: words of ours, or a code of the server's. */
  readonly reason?: string;
}

export interface Readiness {
  readonly status: 'ok' | 'error';
  readonly details: Readonly<Record<string, Fitness>>;
}

type Checks = Readonly<Record<string, () => Promise<void>>>;

/** A check that takes longer has failed. */
const PATIENCE_MILLISECONDS = 3000;
/** How long an answer is good for: probes of many kinds cost one check. */
const GOOD_MILLISECONDS = 1000;

/** Whether a dependency does, asked once at a time, however many want to know and however long it takes. */
class Check {
  private running: Promise<Fitness> | undefined;
  private last: { readonly fitness: Fitness; readonly at: number } | undefined;

  constructor(
    private readonly check: () => Promise<void>,
    private readonly failure: 'down' | 'late',
  ) {}

  async ask(): Promise<Fitness> {
    if (this.last && performance.now() - this.last.at < GOOD_MILLISECONDS) return this.last.fitness;
    this.running ??= this.run();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Fitness>((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MILLISECONDS, {
        status: this.failure,
        reason: 'no answer',
      });
    });
    return Promise.race([this.running, late]).finally(() => {
      clearTimeout(timer);
    });
  }

  private async run(): Promise<Fitness> {
    const fitness = await this.check().then(
      (): Fitness => ({ status: 'up' }),
      (error: unknown): Fitness => ({ status: this.failure, reason: reasonOf(error) }),
    );
    this.last = { fitness, at: performance.now() };
    this.running = undefined;
    return fitness;
  }
}

/** Answers probes about all dependencies, in bounded time and at bounded cost. */
export class Readinesses {
  private readonly checks: readonly (readonly [string, Check])[];

  /**
   * @param checks by the name of what each asks: it resolves, or rejects with what is wrong
   * @param hints likewise, of things that are told and do not count
   */
  constructor(checks: Checks, hints: Checks = {}) {
    const all = (which: Checks, failure: 'down' | 'late'): [string, Check][] =>
      Object.entries(which).map(([name, check]) => [name, new Check(check, failure)]);
    this.checks = [...all(checks, 'down'), ...all(hints, 'late')];
  }

  async ask(): Promise<Readiness> {
    const found = await Promise.all(
      this.checks.map(async ([name, check]) => [name, await check.ask()] as const),
    );
    const isReady = found.every(([, { status }]) => status !== 'down');
    return { status: isReady ? 'ok' : 'error', details: Object.fromEntries(found) };
  }
}

function reasonOf(error: unknown): string {
  const isOurs = error instanceof UnfitError || error instanceof UnfitDatabaseError;
  return isOurs ? error.message : codeOf(error);
}
