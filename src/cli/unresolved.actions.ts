import { once } from 'node:events';

import { type UnresolvedFilter, UnresolvedReferences } from '../feed';
import { print } from './output';
import type { UnresolvedArguments } from './unresolved-options';
import { unresolvedTable } from './unresolved-table';
import { withServices } from './with-services';

export function unresolved({ list, json, ...filter }: UnresolvedArguments): Promise<void> {
  return withServices({ providers: [UnresolvedReferences] }, async (services) => {
    const references = services.get(UnresolvedReferences);
    if (list) {
      await printEach(references, filter);
      return;
    }
    const counts = await references.counts(filter);
    print({ json }, counts, () =>
      counts.length === 0 ? 'Every reference to a patient is resolved.' : unresolvedTable(counts),
    );
  });
}

async function printEach(
  references: UnresolvedReferences,
  filter: UnresolvedFilter,
): Promise<void> {
  for await (const reference of references.list(filter)) {
    if (!process.stdout.write(`${JSON.stringify(reference)}\n`))
      await once(process.stdout, 'drain');
  }
}
