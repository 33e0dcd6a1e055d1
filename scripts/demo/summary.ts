import { textTable } from '../text-table';
import type { CheckResult } from './check/check-export';
import { GROUP } from './client';
import type { GroupExport } from './export-group';
import { EXPORT_FOLDER, shown, SUMMARY_FILE } from './places';

/** What was exported, by type, and whether the checks hold. */
export function summary(exported: GroupExport, check: CheckResult): string {
  const { files, manifest, exportSeconds, downloadSeconds } = exported;
  const types = [...new Set(files.map(({ listed }) => listed.type))];
  const rows = types.map((type) => {
    const ofType = files.filter(({ listed }) => listed.type === type);
    return [
      type,
      ofType.length,
      sum(ofType.map(({ received }) => received.lines)),
      sum(ofType.map(({ received }) => received.bytes)),
    ] as const;
  });
  const total = [1, 2, 3].map((column) => sum(rows.map((row) => Number(row[column]))));
  return [
    textTable([['type', 'files', 'resources', 'bytes'], ...rows, ['total', ...total]]),
    '',
    `Group ${GROUP} as of ${manifest.transactionTime}: exported in ${exportSeconds.toFixed(1)} s, downloaded in ${downloadSeconds.toFixed(1)} s.`,
    ...verdict(check),
    `Files: ${shown(EXPORT_FOLDER)}/`,
  ].join('\n');
}

function verdict({ faults, notExported, loaded }: CheckResult): readonly string[] {
  const read = sum([...loaded.values()]).toLocaleString('en-US');
  return [
    ...notExported.map((line) => `Not exported: ${line}`),
    ...(faults.length === 0
      ? [
          `Checked: counts, bytes and SHA-256 of the files; each line against the ${read} resources of the input. All as it should be.`,
        ]
      : faults.map((fault) => `CHECK FAILED: ${fault}`)),
  ];
}

/** The export in one line, and each fault in one more. */
export function result({ files, exportSeconds }: GroupExport, check: CheckResult): string {
  const resources = sum(files.map(({ received }) => received.lines)).toLocaleString('en-US');
  const outcome =
    check.faults.length === 0
      ? 'checked line by line, all as it should be'
      : `${check.faults.length} check(s) FAILED`;
  return [
    `Group ${GROUP}: ${resources} resources in ${files.length} files (${shown(EXPORT_FOLDER)}/) in ${exportSeconds.toFixed(1)} s; ${outcome} (${shown(SUMMARY_FILE)}).`,
    ...check.faults.map((fault) => `CHECK FAILED: ${fault}`),
  ].join('\n');
}

/** Where to go on from here, while the demonstration serves. */
export function invitation(at: { readonly publicUrl: string; readonly fhirBase: string }): string {
  return [
    `Open ${at.publicUrl}/ in a browser (Ctrl-C ends), or start an export:`,
    `  curl -i -H "Authorization: Bearer $(npm run -s demo -- --token)" '${at.fhirBase}/Group/${GROUP}/$export'`,
  ].join('\n');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
