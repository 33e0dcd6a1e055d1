import { compiledFile, freePort } from '../../scripts/services';
import { OwnProcess } from '../support/own-process';

export type Role = 'api' | 'worker' | 'feed';

const PROGRAMS: Readonly<Record<Role, string>> = {
  api: 'main.js',
  worker: 'worker.js',
  feed: 'main.js',
};

/** A process of the built service, as an operator runs it. */
export class ServiceProcess {
  private own: OwnProcess | undefined;

  constructor(
    private readonly role: Role,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: string,
  ) {}

  /** Starts it, unless it runs, and waits until it is ready. */
  async start(): Promise<void> {
    if (this.own?.isRunning) return;
    const ports = this.role === 'api' ? {} : { WORKER_PORT: String(await freePort()) };
    const role = this.role === 'feed' ? { ROLE: 'feed' } : {};
    const own = new OwnProcess({
      name: `The ${this.role}`,
      command: process.execPath,
      args: [compiledFile(`src/${PROGRAMS[this.role]}`)],
      log: this.log,
      env: { PATH: process.env['PATH'], ...this.environment, ...role, ...ports },
    });
    this.own = own;
    const url = `http://127.0.0.1:${ports.WORKER_PORT ?? this.environment['PORT']}/health/ready`;
    await own.untilReady(async () => (await fetch(url).catch(() => undefined))?.ok ?? false, 90);
  }

  /** Sends a signal. @returns a promise of its end, for signals that end it */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.own?.signal(signal);
  }
}
