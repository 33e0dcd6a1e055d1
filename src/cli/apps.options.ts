import type { Argv } from 'yargs';

import type { OutputOptions } from './output';

export interface KeyOptions {
  readonly jwks?: string;
  readonly 'jwks-url'?: string;
}

/** What an app may write, and which groups it may keep. */
export interface WriteOptions {
  readonly feeds?: string;
  readonly 'fhir-writes'?: boolean;
  readonly 'own-groups'?: number;
  readonly 'own-group-members'?: number;
  readonly 'choose-from-everyone'?: boolean;
}

export interface RegisterOptions extends OutputOptions, KeyOptions, WriteOptions {
  readonly name: string;
  readonly type: string;
  readonly id?: string;
  readonly group?: readonly string[];
  readonly 'all-groups': boolean;
  readonly 'resource-type'?: readonly string[];
}

export type IdOptions = OutputOptions & { readonly id: string };

export interface LicenceOptions extends IdOptions, WriteOptions {
  readonly group?: readonly string[];
  readonly 'all-groups'?: boolean;
  readonly 'resource-type'?: readonly string[];
  readonly 'all-resource-types'?: boolean;
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

/** What an app may write and keep; without these options it may not, or stays as it is. */
export function withWrites<T>(args: Argv<T>): Argv<T & WriteOptions> {
  return args
    .option('feeds', {
      type: 'string',
      requiresArg: true,
      describe: 'Feeds that it may send batches of, with commas; or all, or none',
    })
    .option('fhir-writes', {
      type: 'boolean',
      describe: 'It may write single resources and Bundles (--no-fhir-writes: it may not)',
    })
    .option('own-groups', {
      type: 'number',
      requiresArg: true,
      describe: 'How many groups it may make and keep itself; 0: none',
    })
    .option('own-group-members', {
      type: 'number',
      requiresArg: true,
      describe: 'Members of one of them at most; 100000 when left out',
    })
    .option('choose-from-everyone', {
      type: 'boolean',
      describe: 'Members may be anybody, not only members of the groups that it may export',
    });
}

/** Reads --feeds. */
export function readFeeds(text: string | undefined): 'all' | readonly string[] | undefined {
  if (text === undefined || text === 'all') return text;
  return text === 'none' ? [] : text.split(',').map((name) => name.trim());
}
