import fs from 'node:fs';
import path from 'node:path';

import type { GroupExport } from '../export-group';
import { checkFiles } from './check-files';
import { compare } from './compare';
import { explainMissing } from './explain-missing';
import { Findings } from './findings';
import { fingerprint, TypeNumbers } from './fingerprints';
import {
  allButStoreMeta,
  entryForm,
  everyByte,
  type NormalForm,
  withRelativeUrls,
} from './normal-form';
import { parse } from './resource-facts';
import { isBundleFile, resourceFiles, resourceLines } from './resource-lines';

export interface CheckOptions {
  /** Folder that was loaded. */
  readonly input: string;
  /** The export must hold meta as the input has it. */
  readonly metaKept: boolean;
  /** The store may hold what earlier runs have loaded. */
  readonly storeKept: boolean;
  readonly group: string;
  /** For scratch files. */
  readonly folder: string;
  /** NDJSON of the loader: file and line of what it refused. May not exist. */
  readonly rejectsFile: string;
  readonly signal: AbortSignal;
}

export interface CheckResult {
  /** What is wrong, one sentence each; empty when all checks hold. */
  readonly faults: readonly string[];
  /** What was loaded and rightly not exported, with reasons. */
  readonly notExported: readonly string[];
  /** Different resources of the input, by type. */
  readonly loaded: ReadonlyMap<string, number>;
}

/**
 * Checks an export against its manifest and, independently of the service, against the files that were
 * loaded. Streams both; memory does not grow with them.
 */
export async function checkExport(
  { files, manifest }: GroupExport,
  options: CheckOptions,
): Promise<CheckResult> {
  const findings = new Findings();
  const reasons = new Findings();
  checkFiles(files, findings);
  for (const { url } of manifest.error) findings.add('file(s) of errors', url);
  const exportFiles = files
    .filter(({ listed }) => manifest.output.includes(listed))
    .map((file) => file.path);
  const [fhirBase = ''] = manifest.request.split('/Group/');
  const loaded = await compareWithInput(exportFiles, { ...options, fhirBase }, findings, reasons);
  await checkGroup(exportFiles, options, findings);
  return { faults: findings.lines(), notExported: reasons.lines(), loaded };
}

async function compareWithInput(
  exportFiles: readonly string[],
  options: CheckOptions & { readonly fhirBase: string },
  findings: Findings,
  reasons: Findings,
): Promise<ReadonlyMap<string, number>> {
  const { input, folder, signal } = options;
  const inputFiles = resourceFiles(input);
  const types = new TypeNumbers();
  const form = withRelativeUrls(formFor(inputFiles, options), options.fhirBase);
  const common = { form, types, signal };
  const spills = {
    input: await fingerprint(inputFiles, {
      ...common,
      folder: path.join(folder, 'input'),
      findings: undefined,
    }),
    exported: await fingerprint(exportFiles, {
      ...common,
      folder: path.join(folder, 'export'),
      findings,
    }),
  };
  const { loaded, missing } = compare({
    ...spills,
    findings,
    describe: ({ file, line }) => `${exportFiles[file] ?? ''}:${line}`,
    comesFromInput: (type) => types.names[type] !== 'Group',
    mayHoldMore: options.storeKept,
  });
  fs.rmSync(folder, { recursive: true, force: true });
  const places = missing.map((place) => ({ ...place, typeName: types.names[place.type] ?? '' }));
  const refused = readRejects(options.rejectsFile);
  await explainMissing({ places, inputFiles, exportFiles, refused, findings, reasons, signal });
  return new Map([...loaded].map(([type, count]) => [types.names[type] ?? '', count]));
}

function formFor(inputFiles: readonly string[], { metaKept, storeKept }: CheckOptions): NormalForm {
  if (inputFiles.some(isBundleFile)) return entryForm;
  // An unchanged resource of an earlier run keeps the meta that it got there.
  return metaKept && !storeKept ? everyByte : allButStoreMeta;
}

/** Exactly the group that was asked for, with as many members as there are patients. */
async function checkGroup(
  exportFiles: readonly string[],
  { group }: CheckOptions,
  findings: Findings,
): Promise<void> {
  let patients = 0;
  const groups: { readonly id: unknown; readonly members: number }[] = [];
  for (const file of exportFiles) {
    const type = path.basename(file).split('.')[0];
    if (type !== 'Patient' && type !== 'Group') continue;
    for await (const batch of resourceLines(file)) {
      if (type === 'Patient') patients += batch.length;
      else for (const { text } of batch) groups.push(readGroup(text));
    }
  }
  const [only] = groups;
  if (patients === 0) {
    findings.add('group(s) without patients: the input must hold Patient resources', group);
  } else if (groups.length !== 1 || only?.id !== group) {
    findings.add(`group(s) exported instead of ${group} alone`, String(groups.length));
  } else if (only.members !== patients) {
    findings.add('patient(s) exported, but the group has another number of members', group);
  }
}

function readGroup(text: Buffer): { readonly id: unknown; readonly members: number } {
  const { id, member } = parse(text) ?? {};
  return { id, members: Array.isArray(member) ? member.length : 0 };
}

function readRejects(file: string): ReadonlySet<string> {
  if (!fs.existsSync(file)) return new Set();
  const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return new Set(
    lines.map((line) => {
      const { file: path, line: number } = JSON.parse(line) as { file: string; line: number }; // the loader's format
      return `${path}:${number}`;
    }),
  );
}
