import type { ExportSummary, ShownExport } from '../export-jobs';
import { table } from './table';

const NOTHING = '–';

export function exportTable({
  exports,
  next,
}: {
  readonly exports: readonly ExportSummary[];
  readonly next: string | undefined;
}): string {
  if (exports.length === 0) return 'No exports.';
  const rows = exports.map((one) => [
    ...[one.id, one.app, targetOf(one), stateOf(one), `${one.progress} %`],
    ...[instant(one.createdAt), instant(one.finishedAt), instant(one.expiresAt)],
  ]);
  const head = ['id', 'app', 'target', 'state', 'progress', 'created', 'finished', 'expires'];
  const more = next === undefined ? [] : [`More: --before ${next}`];
  return [table(head, rows), ...more].join('\n');
}

/** An export in one line. */
export function exportLine(found: ShownExport): string {
  const { written, reason } = found;
  const parts = Object.entries(found.partStates).map(([state, count]) => `${count} ${state}`);
  return [
    ...[found.id, stateOf(found), `${found.progress} %`],
    ...(parts.length > 0 ? [`parts: ${parts.sort().join(', ')}`] : []),
    `${written.files} files, ${written.resources} resources, ${megabytes(written.bytes)} MB`,
    ...(reason === undefined ? [] : [reason]),
  ].join('  ');
}

export function exportDetails(found: ShownExport): string {
  const { parameters, written, downloads, failure } = found;
  const rows = [
    ['Export', found.id],
    ['App', found.app],
    ['Target', targetOf(found)],
    ['State', stateOf(found)],
    ['Progress', `${found.progress} %`],
    ['Waits', found.reason],
    ['Failure', failure && `${failure.code}: ${failure.diagnostics ?? ''}`],
    ['Created', instant(found.createdAt)],
    ['Finished', instant(found.finishedAt)],
    ['Expires', instant(found.expiresAt)],
    ['Request', found.requestId],
    ['As of', instant(found.transactionTime)],
    ['Parameters', JSON.stringify(parameters)],
    [
      'Written',
      `${written.files} files, ${written.resources} resources, ${megabytes(written.bytes)} MB`,
    ],
    ['Downloads', `${downloads.count}, the last ${instant(downloads.last)}`],
  ] as const;
  const details = rows.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label.padEnd(12)}${value}`],
  );
  return [details.join('\n'), partTable(found), fileTable(found)]
    .filter((text) => text !== '')
    .join('\n\n');
}

function partTable({ parts }: ShownExport): string {
  if (parts.length === 0) return '';
  const head = ['part', 'type', 'buckets', 'state', 'attempts', 'MB', 'of', 'worker', 'reason'];
  return table(
    head,
    parts.map((part) => [
      ...[part.id, part.kind === 'resources' ? part.type : part.kind],
      `${part.slotFrom}–${part.slotTo}`,
      ...[part.state, part.attempts, megabytes(part.writtenBytes), megabytes(part.estimatedBytes)],
      ...[part.worker ?? NOTHING, part.reason ?? part.failure?.diagnostics ?? NOTHING],
    ]),
  );
}

function fileTable({ files }: ShownExport): string {
  if (files.length === 0) return '';
  const rows = files.map(({ name, resources, bytes, storedBytes, downloads }) => [
    ...[name, resources, megabytes(bytes), megabytes(storedBytes), downloads],
  ]);
  return table(['file', 'resources', 'MB', 'stored MB', 'downloads'], rows);
}

function targetOf({ level, group }: ExportSummary): string {
  return group === undefined ? level : `Group/${group}`;
}

function stateOf({ state, held }: ExportSummary): string {
  return held ? `${state} (held)` : state;
}

function instant(at: Date | undefined): string {
  return at?.toISOString() ?? NOTHING;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
