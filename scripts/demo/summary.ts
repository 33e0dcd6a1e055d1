import { textTable } from '../text-table';
import type { CheckResult } from './check/check-export';
import { GROUP } from './client';
import type { GroupExport } from './export-group';
import { CLIENT_FILE, EXPORT_FOLDER, shown } from './places';

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

/** Where to go on from here, while the demonstration serves. */
export function invitation(at: {
  readonly publicUrl: string;
  readonly fhirBase: string;
  readonly clientId: string;
  readonly token: string;
}): string {
  const operation = `${at.fhirBase}/Group/${GROUP}/$export`;
  return [
    `Swagger UI: ${at.publicUrl}/docs`,
    `Client id:  ${at.clientId} (its private key: ${shown(CLIENT_FILE)})`,
    'Start an export with curl (the token is good for 5 minutes), then ask the Content-Location:',
    '',
    `  curl -i -H 'Authorization: Bearer ${at.token}' '${operation}'`,
    '',
    'With a fresh token each time:',
    '',
    `  curl -i -H "Authorization: Bearer $(npm run -s demo -- --token)" '${operation}'`,
    '',
    'Serving until Ctrl-C.',
  ].join('\n');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
