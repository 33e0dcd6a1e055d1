import { DataSource } from 'typeorm';

import { recluster, type Reclustered } from '../clinical-data';
import { print } from './output';
import type { ReclusterArguments } from './recluster-options';
import { table } from './table';
import { withServices } from './with-services';

export async function reclusterAll(args: ReclusterArguments): Promise<void> {
  const { all, 'lock-seconds': lockSeconds } = args;
  const done = await withServices({}, async (services) => {
    const types: Reclustered[] = [];
    for await (const one of recluster(services.get(DataSource), { all, lockSeconds })) {
      types.push(one);
      process.stderr.write(`${one.table}: ${one.outcome}\n`);
    }
    return types;
  });
  print(args, done, () =>
    table(
      ['table', 'order before', 'outcome'],
      done.map(({ table: name, order, outcome }) => [name, order?.toFixed(2) ?? '', outcome]),
    ),
  );
  if (done.some(({ outcome }) => outcome === 'busy')) {
    throw new Error('Some types were in use and stay as they are. Run the command again later.');
  }
}
