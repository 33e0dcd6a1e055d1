import fs from 'node:fs';
import path from 'node:path';

import { OFFERED_BY_DEFAULT } from '@app/fhir';
import type {
  BulkClient,
  Download,
  ExportParameters,
  ExportState,
  Manifest,
  ManifestFile,
} from '@app/smart-client';

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

interface ExportRequest {
  /** Where the files go, in the place of others that are there. */
  readonly folder: string;
  readonly parameters: ExportParameters;
}

/** By name, because the service gives Binary only to those who ask for it. */
const EVERYTHING: ExportRequest = {
  folder: EXPORT_FOLDER,
  parameters: { types: OFFERED_BY_DEFAULT },
};

/** Exports the group through the public API and downloads every file, as any client would. */
export async function exportGroup(
  client: BulkClient,
  signal: AbortSignal,
  { folder, parameters }: ExportRequest = EVERYTHING,
): Promise<GroupExport> {
  const begun = Date.now();
  const statusUrl = await client.kickOff(GROUP, parameters);
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
  const files = await download(client, manifest, { folder, signal });
  return {
    manifest,
    files,
    exportSeconds: (exported - begun) / 1000,
    downloadSeconds: (Date.now() - exported) / 1000,
  };
}

async function download(
  client: BulkClient,
  { output, error, deleted = [], requiresAccessToken }: Manifest,
  { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
): Promise<readonly DownloadedFile[]> {
  const listed = [...output, ...error, ...deleted];
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return await withProgress('Downloading', async (progress) => {
    const files: DownloadedFile[] = [];
    for (const file of listed) {
      const target = path.join(folder, fileName(file.url));
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
