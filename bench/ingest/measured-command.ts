import { spawn } from 'node:child_process';

import { childrenCpuSeconds, difference, peakRssMegabytes } from '../process-usage';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** What a program took from its start to its end. Undefined members where there is no /proc. */
export interface CommandCosts {
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
  readonly peakRssMegabytes: number | undefined;
}

const SAMPLE_MILLISECONDS = 50;

/**
 * Runs a program to its end; no other child of this process may end meanwhile. What it prints is dropped,
 * unless it fails.
 *
 * @throws with what it printed when it fails
 */
export async function measuredCommand(given: Command): Promise<CommandCosts> {
  const cpuBefore = childrenCpuSeconds();
  const begun = performance.now();
  const peak = await run(given);
  return {
    seconds: (performance.now() - begun) / 1000,
    cpuSeconds: difference(childrenCpuSeconds(), cpuBefore),
    peakRssMegabytes: peak,
  };
}

/** @returns its peak of memory, which the system knows only while it runs */
function run({ command, args, environment, signal }: Command): Promise<number | undefined> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      printed = (printed + chunk.toString('utf8')).slice(-4000);
    });
  }
  let peak: number | undefined;
  const sampling = setInterval(() => {
    peak = peakRssMegabytes(child.pid) ?? peak;
  }, SAMPLE_MILLISECONDS);
  return new Promise<number | undefined>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(peak);
      else reject(new Error(`${command} failed (exit code ${code ?? 'none'}): ${printed}`));
    });
  }).finally(() => {
    clearInterval(sampling);
  });
}
