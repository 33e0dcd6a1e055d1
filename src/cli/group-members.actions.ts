import { PatientLists } from '../groups';
import { patientIds, readBound } from './group-arguments';
import type { AddedPatients, Patients } from './group-options';
import { print } from './output';
import { withGroups } from './with-groups';

export async function add(args: AddedPatients): Promise<void> {
  const ids = chosen(args);
  const terms = {
    inactive: args.inactive,
    periodStart: readBound(args['period-start'], 'start'),
    periodEnd: readBound(args['period-end'], 'end'),
    allowUnknown: args['allow-unknown'],
  };
  const result = await withGroups((services) =>
    services.get(PatientLists).add(args.id, ids, terms),
  );
  const { added, changed, unchanged, unknown } = result;
  if (unknown > 0) console.error(`${unknown} of them are not in the clinical store.`);
  print(
    args,
    result,
    () => `${added} added, ${changed} changed, ${unchanged} as they were: group ${args.id}.`,
  );
}

export async function remove(args: Patients): Promise<void> {
  const ids = chosen(args);
  const result = await withGroups((services) => services.get(PatientLists).remove(args.id, ids));
  print(args, result, () => `${result.removed} removed from group ${args.id}.`);
}

function chosen({ patients: ids = [], from }: Patients): AsyncGenerator<string> {
  if (ids.length === 0 && from === undefined)
    throw new Error('Name patients, or give --from FILE.');
  return patientIds(ids, from);
}
