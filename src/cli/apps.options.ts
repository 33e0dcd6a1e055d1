import type { Argv } from 'yargs';

import type { OutputOptions } from './output';

export interface KeyOptions {
  readonly jwks?: string;
  readonly 'jwks-url'?: string;
}

export interface RegisterOptions extends OutputOptions, KeyOptions {
  readonly name: string;
  readonly type: string;
  readonly id?: string;
  readonly group?: readonly string[];
  readonly 'all-groups': boolean;
  readonly 'resource-type'?: readonly string[];
  readonly feeds?: string;
  readonly 'fhir-writes'?: boolean;
}

export type IdOptions = OutputOptions & { readonly id: string };

export interface LicenceOptions extends IdOptions {
  readonly group?: readonly string[];
  readonly 'all-groups'?: boolean;
  readonly 'resource-type'?: readonly string[];
  readonly 'all-resource-types'?: boolean;
  readonly feeds?: string;
  readonly 'fhir-writes'?: boolean;
}

export type LimitOptions = IdOptions & { readonly running?: number; readonly queued?: number };

export function withId<T>(args: Argv<T>): Argv<T & { readonly id: string }> {
  return args.positional('id', { type: 'string', demandOption: true, describe: 'Client id' });
}

export function withKeys<T>(args: Argv<T>): Argv<T & KeyOptions> {
  return args
    .option('jwks', {
      type: 'string',
      describe: 'File with a JSON Web Key Set of public keys (- for standard input)',
    })
    .option('jwks-url', { type: 'string', describe: "URL of the app's JSON Web Key Set" });
}

/** What an app may write; without these options it may not, or stays as it is. */
export function withWrites<T>(
  args: Argv<T>,
): Argv<T & { readonly feeds?: string; readonly 'fhir-writes'?: boolean }> {
  return args
    .option('feeds', {
      type: 'string',
      requiresArg: true,
      describe: 'Feeds that it may send batches of, with commas; or all, or none',
    })
    .option('fhir-writes', {
      type: 'boolean',
      describe: 'It may write single resources and Bundles (--no-fhir-writes: it may not)',
    });
}

/** Reads --feeds. */
export function readFeeds(text: string | undefined): 'all' | readonly string[] | undefined {
  if (text === undefined || text === 'all') return text;
  return text === 'none' ? [] : text.split(',').map((name) => name.trim());
}
