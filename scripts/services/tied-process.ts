import { spawn } from 'node:child_process';

import { compiledFile } from './project-root';

/** Whom a process runs as, when we are root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface TiedCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that its output is appended to; without one the output is dropped. */
  readonly log?: string;
  /** What ends it in good order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** After this it gets SIGKILL. */
  readonly graceMilliseconds: number;
  readonly account?: Account;
}

export interface TiedProcess {
  readonly isRunning: boolean;
  /** Of the watchdog, whose only child the program is; undefined when it could not be started. */
  readonly watchdogPid: number | undefined;
  /** Exit code; 128 and more for a signal, 127 when it could not be started. */
  readonly exited: Promise<number>;
  /** Ends it in good order and waits until it is gone. Harmless when it is gone already. */
  stop(): Promise<void>;
}

/**
 * Starts a program that cannot outlive this process, not even after kill -9: a watchdog holds the other
 * end of a pipe from us and ends the program when the pipe closes. The watchdog has a session of its
 * own, so Ctrl-C reaches us alone and we decide on the order of stopping.
 */
export function startTied(command: TiedCommand): TiedProcess {
  const watchdog = spawn(
    process.execPath,
    [
      compiledFile('scripts/services/watchdog.js'),
      JSON.stringify({ ...command, environment: undefined }),
    ],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
      env: { ...process.env, ...command.environment },
    },
  );
  // The pipe breaks when the watchdog ends first; `exited` tells that already.
  watchdog.stdin.on('error', () => undefined);
  const exited = new Promise<number>((resolve, reject) => {
    watchdog.once('error', reject);
    watchdog.once('exit', (code) => {
      resolve(code ?? 137);
    });
  });
  return {
    get isRunning() {
      return watchdog.exitCode === null && watchdog.signalCode === null;
    },
    watchdogPid: watchdog.pid,
    exited,
    async stop() {
      watchdog.stdin.end();
      await exited;
    },
  };
}
