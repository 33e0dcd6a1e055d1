import fs from 'node:fs';
import path from 'node:path';

import yargs from 'yargs';

export interface DemoOptions {
  /** End after the export instead of serving on. */
  readonly once: boolean;
  /** Folder with the data to load; undefined for the sample. */
  readonly data: string | undefined;
  /** Leave meta.versionId and meta.lastUpdated of the data as they are. */
  readonly keepMeta: boolean;
  /** Base URLs of the server that the data is from. */
  readonly base: readonly string[];
  /** Go on with what an earlier run has loaded. */
  readonly keep: boolean;
  /** Size of the sample. */
  readonly patients: number;
  /** Undefined: 3000 when it is free, else any. */
  readonly port: number | undefined;
  /** Follow the database of an EHR instead of loading files. */
  readonly fromDatabase: boolean;
  /** Only run a statement in the EHR of the demo that is running. */
  readonly sql: string | undefined;
  /** Only export what has changed since the last export, from the demo that is running. */
  readonly changes: boolean;
  /** Only print an access token of the demo that is running. */
  readonly token: boolean;
  /** Only print the settings of the demo that is running. */
  readonly env: boolean;
}

const OPTIONS = {
  once: { type: 'boolean', default: false, describe: 'End after the export' },
  data: {
    type: 'string',
    requiresArg: true,
    describe: 'Load *.ndjson, *.ndjson.gz and Bundle *.json from this folder, not the sample',
  },
  'keep-meta': {
    type: 'boolean',
    default: false,
    describe: 'Leave meta.versionId and meta.lastUpdated of the data as they are',
  },
  base: {
    type: 'string',
    array: true,
    nargs: 1,
    default: [],
    describe: 'With --data: base URL of the server that it is from; repeat it for several',
  },
  keep: {
    type: 'boolean',
    default: false,
    describe: 'Keep what an earlier run has loaded',
  },
  patients: { type: 'number', default: 100, describe: 'Patients of the sample' },
  port: { type: 'number', describe: 'Port of the api; else 3000 or a free one' },
  'from-database': {
    type: 'boolean',
    default: false,
    describe: 'Follow the database of a made-up EHR instead of loading files',
  },
  sql: {
    type: 'string',
    requiresArg: true,
    describe: 'Run a statement in the EHR of the demo that is running (--from-database)',
  },
  changes: {
    type: 'boolean',
    default: false,
    describe: 'Show what has changed since the last export of the demo that is running',
  },
  token: {
    type: 'boolean',
    default: false,
    describe: 'Print an access token of the demo that is running',
  },
  env: {
    type: 'boolean',
    default: false,
    describe: 'Print the settings of the demo that is running, for eval in a shell',
  },
} as const;

/** Reads the command line; `--help` and faults end the process, with an explanation. */
export async function readOptions(args: readonly string[]): Promise<DemoOptions> {
  const given = await yargs([...args])
    .scriptName('npm run demo --')
    .usage(
      '$0 [options]\n\nLoads patients, exports the group INF-101 over HTTP, checks it, serves.',
    )
    .options(OPTIONS)
    .check(({ patients, port }) => checkNumbers(patients, port))
    .check(({ 'from-database': follows, data, keep }) => {
      if (!follows || (data === undefined && !keep)) return true;
      throw new Error('--from-database makes an EHR anew: give neither --data nor --keep with it.');
    })
    .strict()
    .version(false)
    .parseAsync();
  return {
    ...given,
    ...{ keepMeta: given['keep-meta'], fromDatabase: given['from-database'] },
    ...{ data: dataFolder(given.data), port: given.port, sql: given.sql },
  };
}

function checkNumbers(patients: number, port: number | undefined): true {
  if (!Number.isSafeInteger(patients) || patients < 1) {
    throw new Error('--patients takes a whole number from 1.');
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new Error('--port takes a number from 1 to 65535.');
  }
  return true;
}

/** npm runs us in the project's folder; what people type is relative to where they are. */
function dataFolder(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const folder = path.resolve(process.env['INIT_CWD'] ?? process.cwd(), given);
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error(`--data: ${folder} is no folder. Name one with *.ndjson or *.json files.`);
  }
  return folder;
}
