import {
  BYTES,
  type Manifest,
  type ManifestCount,
  type ManifestExtension,
  type ManifestFile,
} from './manifest';

/** A FHIR Extension, as 4.0 has them in manifests (MF-18). */
type Extension =
  | { readonly url: string; readonly valueString: string }
  | { readonly url: string; readonly valueDecimal: number }
  | { readonly url: string; readonly extension: readonly Extension[] };

interface BallotFile {
  readonly url: string;
  readonly count: number;
  /** Of the NDJSON; left out where FHIR's integers end. */
  readonly fileSize?: number;
  readonly extension: readonly Extension[];
}

/** A manifest in the shape of the ballot of Bulk Data Access 4.0. */
export interface BallotManifest extends Pick<
  Manifest,
  'transactionTime' | 'requiresAccessToken' | 'outputOrganizedBy' | 'link'
> {
  readonly manifestType: string;
  readonly outputFormat: string;
  readonly output: readonly (BallotFile & { readonly type?: string })[];
  readonly deleted?: readonly BallotFile[];
  readonly outcome?: readonly BallotFile[];
  readonly extension?: readonly Extension[];
}

const MANIFEST_TYPE = 'http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkDataManifest';
const MAX_INTEGER = 2_147_483_647;

/**
 * The same manifest in other words: `request` is gone (MF-04), `error` is called `outcome` (MF-16), and
 * only output has types.
 */
export function manifestV4Ballot(manifest: Manifest): BallotManifest {
  const { transactionTime, requiresAccessToken, outputOrganizedBy, link } = manifest;
  const { output, deleted, error } = manifest;
  return {
    manifestType: MANIFEST_TYPE,
    transactionTime,
    requiresAccessToken,
    outputFormat: 'application/fhir+ndjson',
    ...(outputOrganizedBy === undefined ? {} : { outputOrganizedBy }),
    output: output.map(({ type, ...file }) => ({
      ...(type === undefined ? {} : { type }),
      ...ballotFile(file),
    })),
    ...(deleted ? { deleted: deleted.map(ballotFile) } : {}),
    ...(error.length > 0 ? { outcome: error.map(ballotFile) } : {}),
    ...(link ? { link } : {}),
    ...(manifest.extension ? { extension: ofWhole(manifest.extension) } : {}),
  };
}

function ballotFile({ url, count, extension }: ManifestFile): BallotFile {
  const bytes = extension[BYTES];
  return {
    url,
    count,
    ...(typeof bytes === 'number' && bytes <= MAX_INTEGER ? { fileSize: bytes } : {}),
    extension: extensions(extension),
  };
}

/** Lists become an extension for each item, with one for each of its members. */
function ofWhole(extension: ManifestExtension): readonly Extension[] {
  const members: readonly [string, string | readonly ManifestCount[]][] = Object.entries(extension);
  return members.flatMap(([url, value]): readonly Extension[] => {
    if (typeof value === 'string') return [{ url, valueString: value }];
    return value.map((one) => ({ url, extension: extensions({ ...one }) }));
  });
}

function extensions(values: Readonly<Record<string, string | number>>): readonly Extension[] {
  return Object.entries(values).map(([url, value]) =>
    typeof value === 'number' ? { url, valueDecimal: value } : { url, valueString: value },
  );
}
