import type { CommandModule } from 'yargs';

import { loadFiles } from '../feed';
import { baseUrls } from './base-urls';
import { currentClock } from './current-clock';
import { LoadGroup } from './load-group';
import { progressDisplay } from './load-progress';
import { loadTable } from './load-table';
import { withDatabase } from './with-database';

interface LoadArguments {
  readonly paths: readonly string[];
  readonly group?: string;
  readonly 'keep-meta': boolean;
  readonly base: readonly string[];
  readonly rejects?: string;
}

/** The exit code of a load that left something out. */
const EXIT_REJECTED = 3;

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
      .epilogue(
        `Exit code: 0 when everything was loaded, ${EXIT_REJECTED} when some resources were rejected and the rest was loaded, 1 when the load failed. Running a load again changes nothing, or completes what was cut off.`,
      ),
  handler: (given) =>
    withDatabase(async (dataSource, config) => {
      await currentClock(dataSource, config);
      const group = given.group === undefined ? undefined : new LoadGroup(dataSource, given.group);
      await group?.prepare();
      const display = progressDisplay(process.stderr);
      let joined = '';
      try {
        const summary = await loadFiles(config.database.url, given.paths, {
          keepMeta: given['keep-meta'],
          rejectsFile: given.rejects,
          bases: [config.http.fhirBase],
          otherBases: given.base,
          onProgress: (progress) => {
            display.show(progress);
          },
          onPatients:
            group &&
            (async (ids) => {
              joined = `\n${await group.add(ids)} new member(s) of group ${String(given.group)}.`;
            }),
        });
        display.end();
        console.log(`${loadTable(summary)}${joined}`);
        if (summary.rejected > 0) process.exitCode = EXIT_REJECTED;
      } finally {
        display.end();
      }
    }),
};

export const loadCommand = load as unknown as CommandModule;
