import type { Argv, CommandModule } from 'yargs';

import { type GroupAttributes, GroupNotFoundError, type GroupSummary } from '../groups';
import { readCharacteristic, readIdentifier, readSegment } from './group-arguments';
import { JSON_OPTION, repeatable, report, type Target, target } from './group-options';
import { type Groups, withGroups } from './with-groups';

interface Attributes extends Target {
  readonly name?: string;
  readonly identifier: readonly string[];
  readonly characteristic: readonly string[];
  readonly segment?: string;
}

const create: CommandModule<object, Attributes> = {
  command: 'create <id>',
  describe: 'Make a segment, or an empty patient list',
  builder: (yargs) => attributes(target(yargs)),
  handler: (given) =>
    withGroups(async ({ groups }) => {
      const { id, name, json, segment } = given;
      if (name === undefined) throw new Error('Give the group a --name.');
      await groups.create({ ...(await attributesOf(given)), id, name });
      const next =
        segment === undefined
          ? `Fill it with: groups add ${id} PATIENT_ID…`
          : `Count its members with: groups preview ${id}`;
      report(json, { id }, `Group ${id} made. ${next}`);
    }),
};

const update: CommandModule<object, Attributes> = {
  command: 'update <id>',
  describe: 'Change a group; what is not given stays. A repeatable option replaces all of its kind',
  builder: (yargs) => attributes(target(yargs)),
  handler: (given) =>
    withGroups(async ({ groups }) => {
      const { id, json } = given;
      const changed = await groups.update(id, await attributesOf(given));
      report(json, { id, changed }, `Group ${id} ${changed ? 'changed' : 'is as it was'}.`);
    }),
};

const preview: CommandModule<
  object,
  { readonly id?: string; readonly segment?: string; readonly json: boolean }
> = {
  command: 'preview [id]',
  describe: 'Count the members of a group, or of a segment that is yet to be made',
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', describe: 'FHIR id of the group' })
      .option('segment', SEGMENT)
      .option('json', JSON_OPTION),
  handler: ({ id, segment, json }) =>
    withGroups(async (groups) => {
      if ((id === undefined) === (segment === undefined)) {
        throw new Error('Name a group, or give --segment.');
      }
      const at = groups.present;
      const count =
        segment === undefined
          ? await countOf(groups, id ?? '', at)
          : await groups.segments.count(await readSegment(segment), at);
      report(json, { count, at }, count === 1 ? '1 patient.' : `${count} patients.`);
    }),
};

const list: CommandModule<object, { json: boolean }> = {
  command: 'list',
  describe: 'List all groups',
  builder: { json: JSON_OPTION },
  handler: ({ json }) =>
    withGroups(async ({ groups }) => {
      const all = await groups.list();
      if (json) console.log(JSON.stringify(all));
      else if (all.length === 0) console.log('There are no groups yet: see groups create.');
      else for (const group of all) console.log(line(group));
    }),
};

const show: CommandModule<object, Target> = {
  command: 'show <id>',
  describe: 'Show a group; with --json as the FHIR resource that apps see',
  builder: target,
  handler: ({ id, json }) =>
    withGroups(async (groups) => {
      const [group] = await groups.groups.list(id);
      if (group === undefined) throw new GroupNotFoundError(id);
      if (json) console.log(await resourceOf(groups, id));
      else {
        console.log(line(group));
        if (group.criteria !== null) console.log(JSON.stringify(group.criteria, null, 2));
      }
    }),
};

const destroy: CommandModule<object, Target> = {
  command: 'delete <id>',
  describe: 'Delete a group; the patients stay',
  builder: target,
  handler: ({ id, json }) =>
    withGroups(async ({ groups }) => {
      await groups.delete(id);
      report(json, { id }, `Group ${id} deleted.`);
    }),
};

/** What groups are. */
export const definitionCommands = [
  create,
  update,
  preview,
  list,
  show,
  destroy,
] as unknown as readonly CommandModule[];

const SEGMENT = {
  type: 'string',
  // Without it, yargs reads a lone "-" as no value.
  nargs: 1,
  describe: 'Criteria of a segment: JSON, or a file with it (- for standard input)',
} as const;

function attributes<T>(yargs: Argv<T>): Argv<T & Omit<Attributes, keyof Target>> {
  return yargs
    .option('name', { type: 'string', describe: 'What people call it' })
    .option('identifier', {
      ...repeatable('system|value'),
      describe: 'Business identifier; repeatable',
    })
    .option('characteristic', {
      ...repeatable('code=value'),
      describe: 'Trait of the members: [system]|[code]=[system]|[code], or =true; repeatable',
    })
    .option('segment', SEGMENT);
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

async function countOf({ directory }: Groups, id: string, at: string): Promise<number> {
  const group = await directory.find(id);
  if (group === undefined) throw new GroupNotFoundError(id);
  return directory.count(group, at);
}

async function resourceOf({ directory, query, present }: Groups, id: string): Promise<string> {
  const group = await directory.find(id);
  if (group === undefined) throw new GroupNotFoundError(id);
  const { sql, parameters } = await directory.resourceQuery(group, present);
  const [row] = await query<{ content: string }>(sql, parameters);
  if (row === undefined) throw new GroupNotFoundError(id);
  return row.content;
}

function line({ id, name, source, version, members, active }: GroupSummary): string {
  const size = members === null || active === null ? '' : `, ${members} members, ${active} active`;
  return `${id}  ${name}  (${source}, version ${version}${size})`;
}
