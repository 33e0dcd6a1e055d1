import fs from 'node:fs';

import { OFFERED_BY_DEFAULT } from '@app/fhir';
import type { BulkClient } from '@app/smart-client';

import type { DownloadedFile } from '../export-group';
import { exportGroup } from '../export-group';
import { CHANGES_FOLDER, SINCE_FILE } from '../places';

/** What an export with `_since` says has happened, a line for each resource. */
export interface Changes {
  readonly since: string;
  /** The next `_since`. */
  readonly until: string;
  /** `Type/id`, a blank and the resource. */
  readonly changed: readonly string[];
  /** `Type/id`. */
  readonly deleted: readonly string[];
}

/** The group itself is found anew by each export. */
const TYPES = OFFERED_BY_DEFAULT.filter((type) => type !== 'Group');

/** Exports what has changed since an instant. */
export async function exportChanges(
  client: BulkClient,
  since: string,
  signal: AbortSignal,
): Promise<Changes> {
  const { files, manifest } = await exportGroup(client, signal, {
    folder: CHANGES_FOLDER,
    parameters: { types: TYPES, since },
  });
  const ofDeletions = (file: DownloadedFile): boolean =>
    manifest.deleted?.includes(file.listed) ?? false;
  return {
    since,
    until: manifest.transactionTime,
    changed: files
      .filter((file) => !ofDeletions(file))
      .flatMap(linesOf)
      .map(named),
    deleted: files.filter(ofDeletions).flatMap(linesOf).flatMap(deletedIn),
  };
}

/** For people. */
export function changesText({ since, changed, deleted }: Changes): string {
  const lines = [
    ...changed.map((line) => `  changed  ${line}`),
    ...deleted.map((name) => `  deleted  ${name}`),
  ];
  return [`The export with _since=${since}:`, ...(lines.length > 0 ? lines : ['  nothing'])].join(
    '\n',
  );
}

/** Remembers where the next export of changes begins. */
export function keepSince(since: string): void {
  fs.writeFileSync(SINCE_FILE, since);
}

export function keptSince(): string {
  return fs.readFileSync(SINCE_FILE, 'utf8');
}

function linesOf({ path }: DownloadedFile): readonly string[] {
  return fs.readFileSync(path, 'utf8').split('\n').filter(Boolean);
}

function named(line: string): string {
  const { resourceType, id } = JSON.parse(line) as Readonly<Record<string, string>>;
  return `${resourceType}/${id} ${line}`;
}

function deletedIn(line: string): readonly string[] {
  const { entry } = JSON.parse(line) as {
    readonly entry: readonly { readonly request: { readonly url: string } }[];
  };
  return entry.map(({ request }) => request.url);
}
