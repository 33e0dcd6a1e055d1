import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { lastLines, untilReady } from '../../scripts/services';
import { tieToParent } from '../../scripts/services/tie-to-parent';
import type { Account } from '../../scripts/services/tied-process';

export interface OwnCommand {
  /** For people, as in `the worker`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** File that its output is appended to. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly account?: Account;
}

const running = new Set<OwnProcess>();

/**
 * A process of this test's own. Should it end without being asked to, everybody who waits with `until`
 * hears of it at once, with the end of its log. On Linux it ends with us, even when we are killed.
 */
export class OwnProcess {
  private readonly child: ChildProcess;
  private isToEnd = false;

  constructor(private readonly own: OwnCommand) {
    const output = openSync(own.log, 'a');
    const tie = tieToParent('SIGKILL', own.account);
    const [command = own.command, ...args] = [...tie, own.command, ...own.args];
    this.child = spawn(command, args, {
      ...{ cwd: own.cwd, env: own.env, stdio: ['ignore', output, output] },
      ...own.account,
    });
    closeSync(output);
    this.child.once('error', (error) => {
      appendFileSync(own.log, `${error.message}\n`);
    });
    running.add(this);
  }

  get isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** True when it ended without being asked to. */
  get hasCrashed(): boolean {
    return !this.isRunning && !this.isToEnd;
  }

  /** @throws at once, with the end of its log, when it ends before it is ready */
  async untilReady(isReady: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
    const { name, log } = this.own;
    await untilReady({ name, log, isRunning: () => this.isRunning }, isReady, seconds * 1000);
  }

  /** Sends a signal. @returns a promise of its end, for signals that end it */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) {
      this.forget();
      return;
    }
    const ended = once(this.child, 'exit');
    const isEnd = signal !== 'SIGSTOP' && signal !== 'SIGCONT';
    this.isToEnd ||= isEnd;
    this.child.kill(signal);
    if (!isEnd) return;
    await ended;
    this.forget();
  }

  /** Why it is not there any more. */
  get end(): string {
    const { name, log } = this.own;
    const how = this.child.signalCode ?? `exit code ${this.child.exitCode ?? 'none'}`;
    return `${name} ended by itself (${how}).\n${lastLines(log)}`;
  }

  private forget(): void {
    running.delete(this);
  }
}

/** @throws Error with the end of its log when a process of this test's has ended without being asked to */
export function failIfOneCrashed(): void {
  for (const own of running) if (own.hasCrashed) throw new Error(own.end);
}

/**
 * Waits for `work`, which gets a signal to end it.
 *
 * @throws as failIfOneCrashed, as soon as one has crashed
 */
export async function unlessOneCrashes<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController();
  const watch = async (): Promise<never> => {
    for (;;) {
      failIfOneCrashed();
      await delay(100, undefined, { signal: over.signal });
    }
  };
  try {
    return await Promise.race([work(over.signal), watch()]);
  } finally {
    over.abort();
  }
}
