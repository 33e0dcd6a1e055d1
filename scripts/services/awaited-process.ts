import fs from 'node:fs';

import { until } from './until';

/** A process that somebody waits for. */
export interface AwaitedProcess {
  /** For people, as in `the api`. */
  readonly name: string;
  /** False once it has ended. */
  readonly isRunning: () => boolean;
  /** File with what it prints. */
  readonly log: string;
}

/**
 * Waits until a process that was started is ready.
 *
 * @throws at once when it ends before, else when the time is over; with the end of its log
 */
export async function untilReady(
  { name, isRunning, log }: AwaitedProcess,
  isReady: () => boolean | Promise<boolean>,
  milliseconds = 60_000,
): Promise<void> {
  const check = async (): Promise<boolean> => {
    // Asked first: what is ready may be another program, at the port of one that has ended.
    if (!isRunning()) throw new Error(`${name} ended before it was ready.`);
    return await isReady();
  };
  try {
    await until(`${name} to be ready`, check, milliseconds);
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${lastLines(log)}`, { cause: error });
  }
}

/** The end of a log, with its name, for an error message. */
export function lastLines(log: string, count = 15): string {
  if (!fs.existsSync(log)) return `(There is no log ${log}.)`;
  const lines = fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count);
  return `The end of ${log}:\n${lines.join('\n')}`;
}
