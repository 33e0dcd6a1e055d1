import type { CommandModule } from 'yargs';

import { readBound } from './group-arguments';
import { chosen, type Patients, patients, report } from './group-options';
import { withGroups } from './with-groups';

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
    withGroups(async ({ groups }) => {
      const result = await groups.add(given.id, chosen(given), {
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
    withGroups(async ({ groups }) => {
      const result = await groups.remove(given.id, chosen(given));
      report(given.json, result, `${result.removed} removed from group ${given.id}.`);
    }),
};

/** Who is in a patient list. */
export const memberCommands = [add, remove] as unknown as readonly CommandModule[];
