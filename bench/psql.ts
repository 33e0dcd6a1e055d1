import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { projectRoot, unpackDebianPackage } from '../scripts/services';

/** A psql that starts. */
export interface Psql {
  readonly version: string;
  readonly command: string;
  /** LD_LIBRARY_PATH that it needs. */
  readonly libraries?: string;
}

/** psql of PATH, else Debian's, unpacked without installing it; undefined where neither starts. */
export function findPsql(log: (line: string) => void): Psql | undefined {
  return started('psql') ?? debianPsql(log);
}

function debianPsql(log: (line: string) => void): Psql | undefined {
  const directory = path.join(projectRoot(), '.demo/postgresql-client-debian');
  const wanted = { name: 'postgresql-client', program: 'psql', directory };
  const unpacked = unpackDebianPackage(wanted, log);
  const versions = unpacked && path.join(unpacked.root, 'usr/lib/postgresql');
  if (versions === undefined || !fs.existsSync(versions)) return undefined;
  const [version = ''] = fs.readdirSync(versions);
  return started(path.join(versions, version, 'bin/psql'), unpacked?.libraries);
}

function started(command: string, libraries?: string): Psql | undefined {
  const { status, stdout } = spawnSync(command, ['--version'], {
    encoding: 'utf8',
    env: environmentFor(libraries),
  });
  if (status !== 0) return undefined;
  return { command, version: stdout.trim(), ...(libraries !== undefined && { libraries }) };
}

/**
 * Copies what a SELECT yields to a file, in PostgreSQL's binary format.
 *
 * @returns seconds, from the start of psql to its end
 */
export async function copyBinary(
  psql: Psql,
  { databaseUrl, select }: { readonly databaseUrl: string; readonly select: string },
  file: string,
  signal: AbortSignal,
): Promise<number> {
  const begun = performance.now();
  const output = fs.openSync(file, 'w');
  const child = spawn(
    psql.command,
    ['-X', '-q', '-d', databaseUrl, '-c', `COPY (${select}) TO STDOUT (FORMAT binary)`],
    { stdio: ['ignore', output, 'pipe'], env: environmentFor(psql.libraries), signal },
  );
  fs.closeSync(output);
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`psql failed (exit code ${code ?? 'none'}): ${complaint.trim()}`);
  return (performance.now() - begun) / 1000;
}

/** Bytes of the values in a file of binary COPY with one column: without its framing. */
export function valueBytes(file: string, rows: number): number {
  const [fileFraming, rowFraming] = [19 + 2, 2 + 4];
  return fs.statSync(file).size - fileFraming - rows * rowFraming;
}

function environmentFor(libraries: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) };
}
