import type { Argv } from 'yargs';

import { patientIds } from './group-arguments';

export interface Target {
  readonly id: string;
  readonly json: boolean;
}

export interface Patients extends Target {
  readonly patients?: readonly string[];
  readonly from?: string;
}

export const JSON_OPTION = { type: 'boolean', default: false, describe: 'Print JSON' } as const;

/** Prints what a command did, for programs or for people. */
export function report(json: boolean, result: object, sentence: string): void {
  console.log(json ? JSON.stringify(result) : sentence);
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

export function chosen({ patients: ids = [], from }: Patients): AsyncGenerator<string> {
  if (ids.length === 0 && from === undefined)
    throw new Error('Name patients, or give --from FILE.');
  return patientIds(ids, from);
}
