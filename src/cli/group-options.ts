import type { Argv } from 'yargs';

import { JSON_OPTION, type OutputOptions } from './output';

export interface Target extends OutputOptions {
  readonly id: string;
}

export interface Patients extends Target {
  readonly patients?: readonly string[];
  readonly from?: string;
}

export interface AddedPatients extends Patients {
  readonly inactive: boolean;
  readonly 'period-start'?: string;
  readonly 'period-end'?: string;
  readonly 'allow-unknown': boolean;
}

export interface Attributes extends Target {
  readonly name?: string;
  readonly identifier: readonly string[];
  readonly characteristic: readonly string[];
  readonly segment?: string;
}

export interface PreviewOptions extends OutputOptions {
  readonly id?: string;
  readonly segment?: string;
}

export function target<T>(yargs: Argv<T>): Argv<T & Target> {
  return yargs
    .positional('id', { type: 'string', demandOption: true, describe: 'FHIR id of the group' })
    .option('json', JSON_OPTION);
}

export function patients<T>(yargs: Argv<T>): Argv<T & Patients> {
  return target(yargs)
    .positional('patients', { type: 'string', array: true, describe: 'Ids of patients' })
    .option('from', {
      type: 'string',
      // Without it, yargs reads a lone "-" as no value.
      nargs: 1,
      describe: 'File of patient ids, one on a line; - for standard input',
    });
}

export function repeatable(argument: string): {
  readonly type: 'string';
  readonly array: true;
  readonly nargs: 1;
  readonly default: readonly string[];
  readonly defaultDescription: string;
  readonly requiresArg: true;
} {
  return {
    type: 'string',
    array: true,
    nargs: 1,
    default: [],
    defaultDescription: argument,
    requiresArg: true,
  };
}
