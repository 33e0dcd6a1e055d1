import type { CommandModule } from 'yargs';

import { recluster, type Reclustered } from '../clinical-data';
import { withDatabase } from './with-database';

interface ReclusterArguments {
  readonly all: boolean;
  readonly 'lock-seconds': number;
  readonly json: boolean;
}

/** Brings each patient's rows together again. */
export const reclusterCommand: CommandModule<object, ReclusterArguments> = {
  command: 'recluster',
  describe:
    'Bring each patient’s rows together again, type by type; a type waits while it is rewritten',
  builder: (args) =>
    args
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'Rewrite types that are in order, too',
      })
      .option('lock-seconds', {
        type: 'number',
        default: 5,
        describe: 'How long the exports and writers of a type are waited for',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
  handler: ({ all, 'lock-seconds': lockSeconds, json }) =>
    withDatabase(async (dataSource) => {
      const done: Reclustered[] = [];
      for await (const one of recluster(dataSource, { all, lockSeconds })) {
        done.push(one);
        if (!json) console.log(described(one));
      }
      if (json) console.log(JSON.stringify(done, null, 2));
      if (done.some(({ outcome }) => outcome === 'busy')) {
        throw new Error(
          'Some types were in use and stay as they are. Run the command again later.',
        );
      }
    }),
};

function described({ table, order, outcome }: Reclustered): string {
  const known = order === null ? '' : ` (order was ${order.toFixed(2)} of 1)`;
  return `${table}: ${outcome}${known}`;
}
