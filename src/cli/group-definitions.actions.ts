import { DataSource } from 'typeorm';

import { Clock } from '../common';
import {
  type GroupAttributes,
  GroupDirectory,
  GroupNotFoundError,
  type GroupSummary,
  PatientLists,
  SegmentSource,
} from '../groups';
import { readCharacteristic, readIdentifier, readSegment } from './group-arguments';
import type { Attributes, PreviewOptions, Target } from './group-options';
import { type OutputOptions, print } from './output';
import { table } from './table';
import { withGroups } from './with-groups';
import type { Services } from './with-services';

export async function create(args: Attributes): Promise<void> {
  const { id, name, segment } = args;
  if (name === undefined) throw new Error('Give the group a --name.');
  const attributes = await attributesOf(args);
  await withGroups((services) => services.get(PatientLists).create({ ...attributes, id, name }));
  const next =
    segment === undefined
      ? `Fill it with: groups add ${id} PATIENT_ID…`
      : `Count its members with: groups preview ${id}`;
  print(args, { id }, () => `Group ${id} made. ${next}`);
}

export async function update(args: Attributes): Promise<void> {
  const { id } = args;
  const attributes = await attributesOf(args);
  const changed = await withGroups((services) => services.get(PatientLists).update(id, attributes));
  print(args, { id, changed }, () => `Group ${id} ${changed ? 'changed' : 'is as it was'}.`);
}

export async function preview(args: PreviewOptions): Promise<void> {
  const { id, segment } = args;
  if ((id === undefined) === (segment === undefined)) {
    throw new Error('Name a group, or give --segment.');
  }
  const criteria = segment === undefined ? undefined : await readSegment(segment);
  const found = await withGroups(async (services) => {
    const at = services.get(Clock).present().toISOString();
    const count =
      criteria === undefined
        ? await countOf(services.get(GroupDirectory), id ?? '', at)
        : await services.get(SegmentSource).count(criteria, at);
    return { count, at };
  });
  print(args, found, () => (found.count === 1 ? '1 patient.' : `${found.count} patients.`));
}

export async function list(args: OutputOptions): Promise<void> {
  const groups = await withGroups((services) => services.get(PatientLists).list());
  print(args, groups, () =>
    groups.length === 0 ? 'There are no groups yet: see groups create.' : groupTable(groups),
  );
}

export async function show(args: Target): Promise<void> {
  await withGroups(async (services) => {
    const [group] = await services.get(PatientLists).list(args.id);
    if (group === undefined) throw new GroupNotFoundError(args.id);
    if (args.json) {
      console.log(await resourceOf(services, args.id));
      return;
    }
    console.log(groupTable([group]));
    if (group.criteria !== null) console.log(JSON.stringify(group.criteria, null, 2));
  });
}

export async function destroy(args: Target): Promise<void> {
  const { id } = args;
  await withGroups((services) => services.get(PatientLists).delete(id));
  print(args, { id }, () => `Group ${id} deleted.`);
}

async function attributesOf(given: Attributes): Promise<Partial<GroupAttributes>> {
  const { name, identifier, characteristic, segment } = given;
  return {
    ...(name === undefined ? {} : { name }),
    ...(identifier.length === 0 ? {} : { identifiers: identifier.map(readIdentifier) }),
    ...(characteristic.length === 0
      ? {}
      : { characteristics: characteristic.map(readCharacteristic) }),
    ...(segment === undefined ? {} : { criteria: await readSegment(segment) }),
  };
}

async function countOf(directory: GroupDirectory, id: string, at: string): Promise<number> {
  const group = await directory.find(id);
  if (group === undefined) throw new GroupNotFoundError(id);
  return directory.count(group, at);
}

async function resourceOf(services: Services, id: string): Promise<string> {
  const directory = services.get(GroupDirectory);
  const group = await directory.find(id);
  if (group === undefined) throw new GroupNotFoundError(id);
  const present = services.get(Clock).present().toISOString();
  const { sql, parameters } = await directory.resourceQuery(group, present);
  const rows = await services.get(DataSource).query<{ content: string }[]>(sql, [...parameters]);
  if (rows[0] === undefined) throw new GroupNotFoundError(id);
  return rows[0].content;
}

function groupTable(groups: readonly GroupSummary[]): string {
  return table(
    ['id', 'name', 'kind', 'version', 'members', 'active'],
    groups.map(({ id, name, source, version, members, active }) => [
      ...[id, name, source, version],
      ...[members ?? '', active ?? ''],
    ]),
  );
}
