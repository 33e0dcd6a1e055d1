import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

import { projectRoot } from '../services';

/** The service insists on these settings; commands about the database alone do not use them. */
const UNUSED = { PUBLIC_URL: 'http://127.0.0.1', STORAGE_DIRECTORY: os.tmpdir() };

export interface ServiceCliOptions {
  /** Ends the command; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Shows what the command prints only when it fails. Default false. */
  readonly quiet?: boolean;
  /** Exit codes that are no failure. Default: 0 alone. */
  readonly accepted?: readonly number[];
}

/**
 * Runs the service's own command line (dist/src/cli.js) in this terminal.
 *
 * @returns its exit code
 * @throws when that is not accepted
 */
export async function serviceCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { signal, quiet = false, accepted = [0] }: ServiceCliOptions = {},
): Promise<number> {
  signal?.throwIfAborted();
  const command = [path.join(projectRoot(), 'dist/src/cli.js'), ...args];
  const stream = quiet ? 'pipe' : 'inherit';
  const child = spawn(process.execPath, command, {
    stdio: ['inherit', stream, stream],
    env: { ...UNUSED, ...process.env, EMBEDDED: 'true', ...environment },
  });
  const { code, output } = await endOf(child, signal);
  if (code !== null && accepted.includes(code)) return code;
  process.stderr.write(output);
  throw new Error(`cli ${args.join(' ')} failed (exit code ${code ?? 'none'}).`);
}

async function endOf(
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<{ readonly code: number | null; readonly output: Buffer }> {
  const output: Buffer[] = [];
  for (const source of [child.stdout, child.stderr]) {
    source?.on('data', (chunk: Buffer) => output.push(chunk));
  }
  const end = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', end, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  signal?.removeEventListener('abort', end);
  signal?.throwIfAborted();
  return { code, output: Buffer.concat(output) };
}
