import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { freePort } from '../../scripts/services';
import { until } from '../support/until';
import { tied } from './servers';

export type Role = 'api' | 'worker';

const PROGRAMS: Readonly<Record<Role, string>> = { api: 'main.js', worker: 'worker.js' };

/** A process of the built service, as an operator runs it. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private isToEnd = false;
  private ownEnds = 0;

  constructor(
    private readonly role: Role,
    private readonly environment: Readonly<Record<string, string>>,
    private readonly log: string,
  ) {}

  /** Starts it, unless it runs, and waits until it is ready. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    const program = join(__dirname, '../../dist/src', PROGRAMS[this.role]);
    const own = this.role === 'worker' ? { WORKER_PORT: String(await freePort()) } : {};
    const env = { PATH: process.env['PATH'], ...this.environment, ...own };
    this.isToEnd = false;
    this.child = tied(process.execPath, [program], this.log, { env });
    this.child.once('exit', () => {
      if (!this.isToEnd) this.ownEnds++;
    });
    const port = own.WORKER_PORT ?? this.environment['PORT'];
    await until(
      `the ${this.role} is ready (${this.log})`,
      async () => {
        if (!this.isRunning) throw new Error(`The ${this.role} ended: see ${this.log}.`);
        return (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok;
      },
      90,
    );
  }

  /** Sends a signal. @returns a promise of its end, for signals that end it */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const ended = once(child, 'exit');
    const isEnd = signal !== 'SIGSTOP' && signal !== 'SIGCONT';
    this.isToEnd = isEnd;
    child.kill(signal);
    if (isEnd) await ended;
  }

  /** How often it ended without being asked to. */
  get crashes(): number {
    return this.ownEnds;
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }
}
