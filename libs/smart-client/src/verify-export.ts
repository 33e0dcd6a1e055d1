import type { CertifiedManifest } from '@app/certificate';

import { checkFiles } from './check-files';
import { checkSignature, type Signer, type TrustedSigner } from './check-signature';

/** What a check of a downloaded export has found. */
export interface Verification {
  /** Empty when the folder holds what was exported. They name files, and hold nothing of their content. */
  readonly faults: readonly string[];
  /** Undefined when the certificate is not good. */
  readonly signer: Signer | undefined;
}

/**
 * Checks a folder with the files of an export, without the server: each line is as it was exported, none is
 * missing, doubled or added. Memory does not grow with the files.
 *
 * @param manifests parsed JSON: the manifest, or all its pages, the last one last
 */
export async function verifyExport(
  folder: string,
  manifests: readonly unknown[],
  trusted: TrustedSigner = {},
): Promise<Verification> {
  if (manifests.length === 0 || !manifests.every(isManifest)) {
    return { faults: ['The manifest is not one of Bulk Data Access 3.0.'], signer: undefined };
  }
  const faults: string[] = [];
  const signer = await checkSignature(manifests, trusted).catch((error: unknown) => {
    faults.push(error instanceof Error ? error.message : String(error));
    return undefined;
  });
  return { faults: [...faults, ...(await checkFiles(folder, manifests))], signer };
}

function isManifest(body: unknown): body is CertifiedManifest {
  if (typeof body !== 'object' || body === null) return false;
  const { output, deleted = [], error } = body as Readonly<Record<string, unknown>>;
  return [output, deleted, error].every((files) => Array.isArray(files) && files.every(hasUrl));
}

function hasUrl(file: unknown): boolean {
  const { url } = (file ?? {}) as Readonly<Record<string, unknown>>;
  return typeof url === 'string' && URL.canParse(url);
}
