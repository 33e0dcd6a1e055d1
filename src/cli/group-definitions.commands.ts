import type { Argv, CommandModule } from 'yargs';

import {
  type Attributes,
  type PreviewOptions,
  repeatable,
  type Target,
  target,
} from './group-options';
import { JSON_OPTION, type OutputOptions } from './output';

const create: CommandModule<object, Attributes> = {
  command: 'create <id>',
  describe: 'Make a segment, or an empty patient list',
  builder: (yargs) => attributes(target(yargs)),
  handler: async (args) => (await import('./group-definitions.actions.js')).create(args),
};

const update: CommandModule<object, Attributes> = {
  command: 'update <id>',
  describe: 'Change a group; what is not given stays. A repeatable option replaces all of its kind',
  builder: (yargs) => attributes(target(yargs)),
  handler: async (args) => (await import('./group-definitions.actions.js')).update(args),
};

const preview: CommandModule<object, PreviewOptions> = {
  command: 'preview [id]',
  describe: 'Count the members of a group, or of a segment that is yet to be made',
  builder: (yargs) =>
    yargs
      .positional('id', { type: 'string', describe: 'FHIR id of the group' })
      .option('segment', SEGMENT)
      .option('json', JSON_OPTION),
  handler: async (args) => (await import('./group-definitions.actions.js')).preview(args),
};

const list: CommandModule<object, OutputOptions> = {
  command: 'list',
  describe: 'List all groups',
  builder: { json: JSON_OPTION },
  handler: async (args) => (await import('./group-definitions.actions.js')).list(args),
};

const show: CommandModule<object, Target> = {
  command: 'show <id>',
  describe: 'Show a group; with --json as the FHIR resource that apps see',
  builder: target,
  handler: async (args) => (await import('./group-definitions.actions.js')).show(args),
};

const destroy: CommandModule<object, Target> = {
  command: 'delete <id>',
  describe: 'Delete a group; the patients stay',
  builder: target,
  handler: async (args) => (await import('./group-definitions.actions.js')).destroy(args),
};

/** Groups themselves: lists and segments. */
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
