import type { DownloadedFile } from '../export-group';
import type { Findings } from './findings';

const SHA256 = 'urn:ehr-bulk-data:sha256';
const GZIP_SHA256 = 'urn:ehr-bulk-data:gzip-sha256';
const BYTES = 'urn:ehr-bulk-data:bytes';

/** Compares what was downloaded with what the manifest says of it: count, bytes, SHA-256. */
export function checkFiles(files: readonly DownloadedFile[], findings: Findings): void {
  for (const { listed, path, received } of files) {
    const { count, extension = {} } = listed;
    const told = { count, bytes: extension[BYTES], sha256: extension[SHA256] };
    const found = { count: received.lines, bytes: received.bytes, sha256: received.sha256 };
    for (const name of ['count', 'bytes', 'sha256'] as const) {
      // Where the hash is told of the gzip form alone, what was received is known by its gzip checks.
      if (name === 'sha256' && extension[GZIP_SHA256] !== undefined) continue;
      if (told[name] === found[name]) continue;
      const difference = `${path} (manifest ${String(told[name])}, file ${found[name]})`;
      findings.add(`file(s) have another ${name} than the manifest says`, difference);
    }
  }
}
