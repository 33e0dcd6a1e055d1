import { once } from 'node:events';

import type { CommandModule } from 'yargs';

import { type UnresolvedFilter, UnresolvedReferences } from '../feed';
import { unresolvedTable } from './unresolved-table';
import { withDatabase } from './with-database';

interface UnresolvedArguments extends UnresolvedFilter {
  readonly list: boolean;
}

const unresolved: CommandModule<object, UnresolvedArguments> = {
  command: 'unresolved',
  describe: 'Count stored resources that name patients whom the store cannot find',
  builder: (yargs) =>
    yargs
      .option('type', {
        type: 'string',
        requiresArg: true,
        describe: 'Only resources of this type',
      })
      .option('kind', {
        type: 'string',
        requiresArg: true,
        describe: 'Only this kind of reference, as urn, absolute or missing',
      })
      .option('list', {
        type: 'boolean',
        default: false,
        describe:
          'Every one as a line of JSON: type, id, kind, patient, base, file, line, since when',
      }),
  handler: ({ list, ...filter }) =>
    withDatabase(async (dataSource) => {
      const references = new UnresolvedReferences(dataSource);
      if (list) {
        await print(references, filter);
        return;
      }
      const counts = await references.counts(filter);
      console.log(
        counts.length === 0 ? 'Every reference to a patient is resolved.' : unresolvedTable(counts),
      );
    }),
};

async function print(references: UnresolvedReferences, filter: UnresolvedFilter): Promise<void> {
  for await (const reference of references.list(filter)) {
    if (!process.stdout.write(`${JSON.stringify(reference)}\n`))
      await once(process.stdout, 'drain');
  }
}

export const unresolvedCommand = unresolved as unknown as CommandModule;
