import type { Argv, CommandModule } from 'yargs';

import { AuditLog } from '../audit';
import { Clock } from '../common';
import { GroupNotFoundError, type GroupSummary, PatientLists } from '../groups';
import { patientIds, readBound, readCharacteristic, readIdentifier } from './group-arguments';
import { withDatabase } from './with-database';

interface Target {
  readonly id: string;
  readonly json: boolean;
}

interface Patients extends Target {
  readonly patients?: readonly string[];
  readonly from?: string;
}

const withLists = <T>(action: (lists: PatientLists) => Promise<T>): Promise<T> =>
  withDatabase((dataSource) =>
    action(new PatientLists(dataSource, new AuditLog(dataSource, new Clock()))),
  );

function report(json: boolean, result: object, sentence: string): void {
  console.log(json ? JSON.stringify(result) : sentence);
}

const create: CommandModule<
  object,
  Target & {
    readonly name: string;
    readonly identifier: readonly string[];
    readonly characteristic: readonly string[];
  }
> = {
  command: 'create <id>',
  describe: 'Make an empty patient list',
  builder: (yargs) =>
    target(yargs)
      .option('name', { type: 'string', demandOption: true, describe: 'What people call it' })
      .option('identifier', {
        ...repeatable('system|value'),
        describe: 'Business identifier; repeatable',
      })
      .option('characteristic', {
        ...repeatable('code=value'),
        describe: 'Trait of the members: [system]|[code]=[system]|[code], or =true; repeatable',
      }),
  handler: ({ id, name, identifier, characteristic, json }) =>
    withLists(async (lists) => {
      await lists.create({
        id,
        name,
        identifiers: identifier.map(readIdentifier),
        characteristics: characteristic.map(readCharacteristic),
      });
      report(json, { id }, `Group ${id} made. Fill it with: groups add ${id} PATIENT_ID…`);
    }),
};

const list: CommandModule<object, { json: boolean }> = {
  command: 'list',
  describe: 'List all groups',
  builder: { json: { type: 'boolean', default: false, describe: 'Print JSON' } },
  handler: ({ json }) =>
    withLists(async (lists) => {
      const groups = await lists.list();
      if (json) console.log(JSON.stringify(groups));
      else if (groups.length === 0) console.log('There are no groups yet: see groups create.');
      else for (const group of groups) console.log(line(group));
    }),
};

const show: CommandModule<object, Target> = {
  command: 'show <id>',
  describe: 'Show a group; with --json as the FHIR resource that apps see',
  builder: target,
  handler: ({ id, json }) =>
    withLists(async (lists) => {
      const [group] = await lists.list(id);
      if (group === undefined) throw new GroupNotFoundError(id);
      console.log(json ? await lists.resource(id) : line(group));
    }),
};

const add: CommandModule<
  object,
  Patients & {
    readonly inactive: boolean;
    readonly 'period-start'?: string;
    readonly 'period-end'?: string;
    readonly 'allow-unknown': boolean;
  }
> = {
  command: 'add <id> [patients..]',
  describe: 'Add patients, or give those who are in the list new terms',
  builder: (yargs) =>
    patients(yargs)
      .option('inactive', {
        type: 'boolean',
        default: false,
        describe: 'In the list, but not active: not exported',
      })
      .option('period-start', { type: 'string', describe: 'Member from this date or instant on' })
      .option('period-end', { type: 'string', describe: 'Member until this date or instant' })
      .option('allow-unknown', {
        type: 'boolean',
        default: false,
        describe: 'Add patients that are not (yet) in the clinical store, too',
      }),
  handler: (given) =>
    withLists(async (lists) => {
      const result = await lists.add(given.id, chosen(given), {
        inactive: given.inactive,
        periodStart: readBound(given['period-start'], 'start'),
        periodEnd: readBound(given['period-end'], 'end'),
        allowUnknown: given['allow-unknown'],
      });
      const { added, changed, unchanged, unknown } = result;
      if (unknown > 0) console.error(`${unknown} of them are not in the clinical store.`);
      report(
        given.json,
        result,
        `${added} added, ${changed} changed, ${unchanged} as they were: group ${given.id}.`,
      );
    }),
};

const remove: CommandModule<object, Patients> = {
  command: 'remove <id> [patients..]',
  describe: 'End the membership of patients',
  builder: patients,
  handler: (given) =>
    withLists(async (lists) => {
      const result = await lists.remove(given.id, chosen(given));
      report(given.json, result, `${result.removed} removed from group ${given.id}.`);
    }),
};

const destroy: CommandModule<object, Target> = {
  command: 'delete <id>',
  describe: 'Delete a group; the patients stay',
  builder: target,
  handler: ({ id, json }) =>
    withLists(async (lists) => {
      await lists.delete(id);
      report(json, { id }, `Group ${id} deleted.`);
    }),
};

const COMMANDS = [create, list, show, add, remove, destroy] as unknown as readonly CommandModule[];

/** Makes and fills the groups that apps export. */
export const groupsCommand: CommandModule = {
  command: 'groups <command>',
  describe: 'Make, fill and show groups of patients',
  builder: (yargs) => {
    for (const command of COMMANDS) yargs.command(command);
    return yargs.demandCommand(1, 'Name a command of groups.');
  },
  handler: () => undefined,
};

function target<T>(yargs: Argv<T>): Argv<T & Target> {
  return yargs
    .positional('id', { type: 'string', demandOption: true, describe: 'FHIR id of the group' })
    .option('json', { type: 'boolean', default: false, describe: 'Print JSON' });
}

function patients<T>(yargs: Argv<T>): Argv<T & Patients> {
  return target(yargs)
    .positional('patients', { type: 'string', array: true, describe: 'Ids of patients' })
    .option('from', {
      type: 'string',
      // Without it, yargs reads a lone "-" as no value.
      nargs: 1,
      describe: 'File of patient ids, one on a line; - for standard input',
    });
}

function repeatable(argument: string): {
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

function chosen({ patients: ids = [], from }: Patients): AsyncGenerator<string> {
  if (ids.length === 0 && from === undefined)
    throw new Error('Name patients, or give --from FILE.');
  return patientIds(ids, from);
}

function line({ id, name, source, version, members, active }: GroupSummary): string {
  return `${id}  ${name}  (${source}, version ${version}, ${members} members, ${active} active)`;
}
