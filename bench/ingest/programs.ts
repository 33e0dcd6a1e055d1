import { compiledFile } from '../../scripts/services';
import type { Bench } from '../bench';
import type { IngestInput } from './ingest-input';
import type { Command } from './measured-command';

/** Settings for a program that writes to this database, and for nothing else of ours. */
export function settingsFor(databaseUrl: string): Readonly<Record<string, string>> {
  return { DATABASE_URL: databaseUrl, PUBLIC_URL: 'http://127.0.0.1', ENV_FILE: '/dev/null' };
}

/** `load` of a folder. */
export function loadCommand(bench: Bench, databaseUrl: string, input: IngestInput): Command {
  return program(bench, databaseUrl, [compiledFile('src/cli.js'), 'load', input.folder]);
}

/** A batch with this number of the only feed. */
export function batchCommand(
  bench: Bench,
  databaseUrl: string,
  { sequence, file }: { readonly sequence: number; readonly file: string },
): Command {
  const script = compiledFile('bench/ingest/take-batch.js');
  return program(bench, databaseUrl, [script, 'bench', String(sequence), file]);
}

function program({ signal }: Bench, databaseUrl: string, args: readonly string[]): Command {
  return { command: process.execPath, args, environment: settingsFor(databaseUrl), signal };
}
