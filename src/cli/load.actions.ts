import { type Config, CONFIG } from '../config';
import { loadFiles, type LoadSummary } from '../feed';
import { MembershipModule, PatientLists } from '../groups';
import { DEFAULT_MAX_DELETES, EXIT_REJECTED, type LoadArguments } from './load-options';
import { progressDisplay } from './load-progress';
import { loadTable } from './load-table';
import { print } from './output';
import { withServices } from './with-services';

export async function load(args: LoadArguments): Promise<void> {
  const use = { needs: ['fhir-base' as const], imports: [MembershipModule] };
  const { summary, joined, offered } = await withServices(use, async (services) => {
    const lists = services.get(PatientLists);
    if (args.group !== undefined) await prepareList(lists, args.group);
    const config = services.get<Config>(CONFIG);
    return { ...(await loadInto(config, lists, args)), offered: config.resourceTypes };
  });
  const { types, ...rest } = summary;
  print(
    args,
    { types: Object.fromEntries(types), ...rest, ...(joined === undefined ? {} : { joined }) },
    () =>
      joined === undefined
        ? loadTable(summary, offered)
        : `${loadTable(summary, offered)}\n${joined} new member(s) of group ${args.group ?? ''}.`,
  );
  if (summary.rejected > 0) process.exitCode = EXIT_REJECTED;
}

/**
 * Makes the list, named like its id, when there is none: before anything is loaded, so that an id
 * that cannot be used is refused first.
 */
async function prepareList(lists: PatientLists, id: string): Promise<void> {
  const [group] = await lists.list(id);
  if (!group) await lists.create({ id, name: id });
  else if (group.source !== 'patient-list') {
    throw new Error(`Group ${id} is not a patient list: its members follow from criteria.`);
  }
}

/** Members stay as they are, inactive ones inactive. @returns how many joined, where a list is given */
async function loadInto(
  { database, http }: Pick<Config, 'database' | 'http'>,
  lists: PatientLists,
  args: LoadArguments,
): Promise<{ readonly summary: LoadSummary; readonly joined: number | undefined }> {
  const { group, complete: types, 'max-deletes': maxDeletes = DEFAULT_MAX_DELETES } = args;
  const display = progressDisplay(process.stderr);
  let joined: number | undefined;
  try {
    const summary = await loadFiles(database.url, args.paths, {
      keepMeta: args['keep-meta'],
      rejectsFile: args.rejects,
      bases: [http.fhirBase],
      otherBases: args.base,
      isDryRun: args['dry-run'] ?? false,
      ...(types && { complete: { types, maxDeletes, asOf: args['as-of'] } }),
      onProgress: (progress) => {
        display.show(progress);
      },
      ...(group !== undefined && {
        onPatients: async (ids) => {
          joined = (await lists.add(group, ids, { onlyNew: true })).added;
        },
      }),
    });
    return { summary, joined };
  } finally {
    display.end();
  }
}
