import type { CommandModule } from 'yargs';

import { baseUrls } from './base-urls';
import { COMPLETE_OPTIONS } from './complete-options';
import { EXIT_REJECTED, type LoadArguments } from './load-options';
import { JSON_OPTION } from './output';

const load: CommandModule<object, LoadArguments> = {
  command: 'load <paths..>',
  describe: 'Load FHIR resources: NDJSON files, Bundles, or folders of them',
  builder: (yargs) =>
    yargs
      .positional('paths', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: '*.ndjson or *.json, each also .gz; a folder stands for those in it',
      })
      .option('group', {
        type: 'string',
        requiresArg: true,
        describe: 'Make all Patients of the input members of this patient list, made when missing',
      })
      .option('keep-meta', {
        type: 'boolean',
        default: false,
        describe:
          'Leave meta.versionId and meta.lastUpdated as they are, for data with its own history',
      })
      .option('base', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        coerce: baseUrls,
        describe:
          'Base URL of the server that the data is from: absolute references below it are to resources of this store. Repeat it for several; later loads know them',
      })
      .option('rejects', {
        type: 'string',
        requiresArg: true,
        defaultDescription: 'load-rejects-<time>.ndjson',
        describe: 'Where to report what is not loaded: file, line and reason',
      })
      .options(COMPLETE_OPTIONS)
      .option('json', JSON_OPTION)
      .epilogue(
        `Exit code: 0 when everything was loaded, ${EXIT_REJECTED} when some resources were rejected and the rest was loaded, 1 when the load failed. Running a load again changes nothing, or completes what was cut off.`,
      ),
  handler: async (args) => (await import('./load.actions.js')).load(args),
};

export const loadCommand = load as unknown as CommandModule;
