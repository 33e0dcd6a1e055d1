import type { ResourceType } from '@app/fhir';

import type { LoadSummary, Rejection, TypeCounts } from '../feed';
import { completeTable } from './complete-table';
import { table } from './table';
import { unresolvedTable } from './unresolved-table';

const OUTCOMES = [
  'read',
  'new',
  'changed',
  'unchanged',
  'history',
  'repeated',
  'rejected',
] as const satisfies readonly (keyof TypeCounts)[];

/**
 * What a load did, for people: a table by type, totals, and what to look at.
 *
 * @param offered types
 */
export function loadTable(summary: LoadSummary, offered: readonly ResourceType[]): string {
  if (summary.isDryRun) {
    return [completeTable(summary), ...rejectionRemarks(summary)].join('\n');
  }
  const rows = [...summary.types].map(([type, counts]) => [
    type,
    ...OUTCOMES.map((outcome) => counts[outcome]),
    isIn(offered, type) ? 'yes' : 'no',
  ]);
  const all = [...summary.types.values()];
  const total = ['total', ...OUTCOMES.map((outcome) => sum(all, outcome)), ''];
  const counts = table(['type', ...OUTCOMES, 'exported'], [...rows, total]);
  return [counts, '', speed(summary), ...remarks(summary, offered)].join('\n');
}

function sum(counts: readonly Readonly<TypeCounts>[], outcome: keyof TypeCounts): number {
  return counts.reduce((total, count) => total + count[outcome], 0);
}

function speed({ bytes, seconds }: LoadSummary): string {
  const megabytes = bytes / 1e6;
  const perSecond = seconds > 0 ? megabytes / seconds : 0;
  return `${megabytes.toFixed(1)} MB in ${seconds.toFixed(1)} s, ${perSecond.toFixed(1)} MB/s`;
}

function isIn(offered: readonly string[], type: string): boolean {
  return offered.includes(type);
}

function remarks(summary: LoadSummary, offered: readonly ResourceType[]): string[] {
  const { types, unresolvedReferences, unresolvedPatients, deleted } = summary;
  const others = [...types]
    .filter(([type, counts]) => !isIn(offered, type) && counts.read > counts.rejected)
    .map(([type]) => type);
  return [
    others.length > 0
      ? `Stored, but not among the types that are exported: ${others.join(', ')}`
      : [],
    deleted > 0 ? `${deleted} resource(s) deleted.` : [],
    unresolvedReferences > 0
      ? `${unresolvedReferences} reference(s) by urn or search name no single resource and stay as they are.`
      : [],
    unresolvedPatients.length > 0 ? ['', unresolvedTable(unresolvedPatients)] : [],
    summary.complete.length > 0 ? ['', completeTable(summary)] : [],
    rejectionRemarks(summary),
  ].flat();
}

function rejectionRemarks({ rejected, rejectsFile, rejections }: LoadSummary): string[] {
  if (rejected === 0) return [];
  return [
    '',
    ...rejectionLines(rejections),
    `${rejected} rejected: see ${rejectsFile ?? 'the report'}`,
  ];
}

function rejectionLines(rejections: readonly Rejection[]): string[] {
  const lines = rejections.map(({ file, line, reason }) => `  ${file}:${line}: ${reason}`);
  return ['Not loaded, for these reasons first:', ...lines];
}
