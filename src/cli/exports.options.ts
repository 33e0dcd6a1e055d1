import type { Argv } from 'yargs';

import { JSON_OPTION, type OutputOptions } from './output';

export interface ListOptions extends OutputOptions {
  readonly state?: readonly string[];
  readonly app?: string;
  readonly group?: string;
  readonly before?: string;
  readonly count: number;
}

export interface DisclosureOptions extends OutputOptions {
  readonly patient: string;
  readonly before?: string;
  readonly count: number;
  readonly fhir: boolean;
}

export type ExportOptions = OutputOptions & { readonly id: string };

export type WatchOptions = ExportOptions & { readonly seconds: number };

export type ExplainOptions = ExportOptions & { readonly type: string };

export function withExport<T>(args: Argv<T>): Argv<T & ExportOptions> {
  return args
    .positional('id', { type: 'string', demandOption: true, describe: 'Id of the export' })
    .option('json', JSON_OPTION);
}
