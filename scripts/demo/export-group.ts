import fs from 'node:fs';
import path from 'node:path';

import { RESOURCE_TYPES } from '@app/fhir';
import type { BulkClient, Download, ExportState, Manifest, ManifestFile } from '@app/smart-client';

import { type Progress, startProgress } from '../progress';
import { GROUP } from './client';
import { EXPORT_FOLDER } from './places';

/** A file of the manifest and what came when it was downloaded. */
export interface DownloadedFile {
  readonly listed: ManifestFile;
  readonly path: string;
  readonly received: Download;
}

export interface GroupExport {
  readonly manifest: Manifest;
  readonly files: readonly DownloadedFile[];
  readonly exportSeconds: number;
  readonly downloadSeconds: number;
}

/** Exports the group through the public API and downloads every file, as any client would. */
export async function exportGroup(client: BulkClient, signal: AbortSignal): Promise<GroupExport> {
  const begun = Date.now();
  // By name, because the service gives Binary only to those who ask for it.
  const statusUrl = await client.kickOff(GROUP, { types: RESOURCE_TYPES });
  const manifest = await withProgress('Exporting', (progress) =>
    client.waitFor(statusUrl, {
      signal,
      onProgress: (state) => {
        const [percent, note] = readState(state);
        if (percent !== undefined) progress.update(percent, note);
      },
    }),
  );
  const exported = Date.now();
  const files = await download(client, manifest, signal);
  return {
    manifest,
    files,
    exportSeconds: (exported - begun) / 1000,
    downloadSeconds: (Date.now() - exported) / 1000,
  };
}

async function download(
  client: BulkClient,
  { output, error, requiresAccessToken }: Manifest,
  signal: AbortSignal,
): Promise<readonly DownloadedFile[]> {
  const listed = [...output, ...error];
  fs.rmSync(EXPORT_FOLDER, { recursive: true, force: true });
  fs.mkdirSync(EXPORT_FOLDER, { recursive: true });
  return await withProgress('Downloading', async (progress) => {
    const files: DownloadedFile[] = [];
    for (const file of listed) {
      const target = path.join(EXPORT_FOLDER, fileName(file.url));
      const received = await client.download(file.url, target, { requiresAccessToken, signal });
      files.push({ listed: file, path: target, received });
      progress.update((100 * files.length) / listed.length, `${files.length} files`);
    }
    return files;
  });
}

/** The last part of the URL, which must not lead out of the folder. */
function fileName(url: string): string {
  const name = path.posix.basename(new URL(url).pathname);
  if (/^[\w.-]+$/.test(name) && !name.startsWith('.')) return name;
  throw new Error(`The manifest lists a file without a proper name: ${url}`);
}

function readState(state: ExportState): readonly [percent: number | undefined, note?: string] {
  if (state.state === 'complete') return [100, 'complete'];
  if (state.state === 'too-early') return [undefined];
  const percent = Number.parseFloat(state.progress ?? '0');
  return [Number.isNaN(percent) ? 0 : percent, `next look in ${state.retryAfter} s`];
}

async function withProgress<T>(
  title: string,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const progress = startProgress(title);
  try {
    return await work(progress);
  } finally {
    progress.stop();
  }
}
