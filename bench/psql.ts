import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { projectRoot, unpackDebianPackage } from '../scripts/services';
import type { Bench } from './bench';

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

/** psql's copies of some rows. Bytes as NDJSON. */
export interface CopyTimes {
  readonly rows: number;
  readonly bytes: number;
  /** To a file on the disk of the export files. */
  readonly binarySeconds: number;
  /** By way of `gzip -1`; undefined where there is no gzip. */
  readonly gzipSeconds: number | undefined;
}

/** Copies what a SELECT yields, plain and by way of gzip. @throws when psql fails */
export async function copyTimes(
  { database, databaseUrl, folder, signal }: Bench,
  psql: Psql,
  select: string,
): Promise<CopyTimes> {
  const file = path.join(folder, 'psql.copy');
  const counted = await database.query<{ count: string }>(`select count(*) from (${select}) r`);
  const rows = Number(counted.rows[0]?.count);
  const command = { psql, databaseUrl, select, file };
  const binarySeconds = await copyBinary(command, signal);
  // As NDJSON: each row with its line feed.
  const bytes = valueBytes(file, rows) + rows;
  const gzipSeconds = hasGzip() ? await copyBinary(command, signal, ['gzip', '-1']) : undefined;
  fs.rmSync(file);
  return { rows, bytes, binarySeconds, gzipSeconds };
}

/**
 * Copies what a SELECT yields to a file, in PostgreSQL's binary format.
 *
 * @param filter a program that psql's output goes through
 * @returns seconds, from the start of psql to the end of the last program
 */
async function copyBinary(
  {
    psql,
    databaseUrl,
    select,
    file,
  }: { psql: Psql; databaseUrl: string; select: string; file: string },
  signal: AbortSignal,
  filter?: readonly [string, ...string[]],
): Promise<number> {
  const begun = performance.now();
  const output = fs.openSync(file, 'w');
  const command = `COPY (${select}) TO STDOUT (FORMAT binary)`;
  // A pipe of the shell's: bytes do not come through this process.
  const pipe = filter ? ` | ${filter.join(' ')}` : '';
  const child = spawn(
    'sh',
    ['-c', `exec "$0" -X -q -d "$1" -c "$2"${pipe}`, psql.command, databaseUrl, command],
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
  if (code !== 0 || complaint !== '') {
    throw new Error(`psql failed (exit code ${code ?? 'none'}): ${complaint.trim()}`);
  }
  return (performance.now() - begun) / 1000;
}

function hasGzip(): boolean {
  return spawnSync('gzip', ['--version']).status === 0;
}

/** Bytes of the values in a file of binary COPY with one column: without its framing. */
function valueBytes(file: string, rows: number): number {
  const [fileFraming, rowFraming] = [19 + 2, 2 + 4];
  return fs.statSync(file).size - fileFraming - rows * rowFraming;
}

function environmentFor(libraries: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, ...(libraries !== undefined && { LD_LIBRARY_PATH: libraries }) };
}
