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
}

export type IdOptions = OutputOptions & { readonly id: string };

export interface LicenceOptions extends IdOptions {
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
