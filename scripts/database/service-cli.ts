import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import fs from 'node:fs';

import { restoreTerminal } from '../progress';
import { compiledFile } from '../services';

/** A `.env` in the working folder is about another service. */
const NO_FILE = { ENV_FILE: '/dev/null' };
/** What a load takes for its own base where nobody asks for exports. */
const BASE = { PUBLIC_URL: 'http://127.0.0.1' };

export interface ServiceCliOptions {
  /** Ends the command; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Where what the command prints goes: into this terminal as it is (the default), all of it to
   * standard error, nowhere unless it fails, or what it answers into a file and the rest to standard error.
   */
  readonly output?: keyof typeof STREAMS | { readonly file: string };
  /** Exit codes that are no failure. Default: 0 alone. */
  readonly accepted?: readonly number[];
}

const STDERR = 2;
const STREAMS = {
  shown: ['inherit', 'inherit'],
  stderr: [STDERR, STDERR],
  'held-back': ['pipe', 'pipe'],
} satisfies Readonly<Record<string, StdioOptions>>;

/**
 * Runs the service's own command line (dist/src/cli.js) in this terminal.
 *
 * @returns its exit code
 * @throws when that is not accepted
 */
export async function serviceCli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  { signal, output = 'shown', accepted = [0] }: ServiceCliOptions = {},
): Promise<number> {
  signal?.throwIfAborted();
  const command = [compiledFile('src/cli.js'), ...args];
  const file = typeof output === 'string' ? undefined : fs.openSync(output.file, 'w');
  const child = spawn(process.execPath, command, {
    stdio: ['inherit', ...(typeof output === 'string' ? STREAMS[output] : [file, STDERR])],
    env: { ...BASE, ...process.env, ...NO_FILE, ...environment },
  });
  if (file !== undefined) fs.closeSync(file);
  const { code, printed } = await endOf(child, signal);
  if (code !== null && accepted.includes(code)) return code;
  process.stderr.write(printed);
  throw new Error(`cli ${args.join(' ')} failed (exit code ${code ?? 'none'}).`);
}

async function endOf(
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<{ readonly code: number | null; readonly printed: Buffer }> {
  const printed: Buffer[] = [];
  for (const source of [child.stdout, child.stderr]) {
    source?.on('data', (chunk: Buffer) => printed.push(chunk));
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
  if (signal?.aborted) restoreTerminal();
  signal?.throwIfAborted();
  return { code, printed: Buffer.concat(printed) };
}
