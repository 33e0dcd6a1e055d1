import type { CommandModule } from 'yargs';

import { type AddedPatients, type Patients, patients } from './group-options';

const add: CommandModule<object, AddedPatients> = {
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
  handler: async (args) => (await import('./group-members.actions.js')).add(args),
};

const remove: CommandModule<object, Patients> = {
  command: 'remove <id> [patients..]',
  describe: 'End the membership of patients',
  builder: patients,
  handler: async (args) => (await import('./group-members.actions.js')).remove(args),
};

/** Members of patient lists. */
export const memberCommands = [add, remove] as unknown as readonly CommandModule[];
