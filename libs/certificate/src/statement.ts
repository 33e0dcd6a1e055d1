/** Member of a manifest's `extension`: a JWS (RFC 7515) with a detached payload, over `statementOf`. */
export const CERTIFICATE = 'urn:ehr-bulk-data:certificate';

/** The lists of files in a manifest. */
export const SECTIONS = ['output', 'deleted', 'error'] as const;

/** A file as a manifest lists it. */
export interface CertifiedFile {
  readonly type?: string;
  readonly url: string;
  readonly count?: number;
  readonly extension?: Readonly<Record<string, unknown>>;
}

/** A manifest, or a page of one, in the shape of Bulk Data Access 2.0 and 3.0. */
export interface CertifiedManifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly outputOrganizedBy?: string;
  readonly output: readonly CertifiedFile[];
  readonly deleted?: readonly CertifiedFile[];
  readonly error: readonly CertifiedFile[];
  readonly extension?: object;
}

/**
 * What a certificate is about, as canonical JSON (RFC 8785): everything that the pages say, but for URLs,
 * which may be signed anew each time, links and `requiresAccessToken`. The order of files and the way in
 * which pages divide them do not matter.
 *
 * @param pages all pages of one export, the last one last
 */
export function statementOf(pages: readonly CertifiedManifest[]): string {
  const { [CERTIFICATE]: _own, ...extension } = {
    ...(pages.at(-1)?.extension as Readonly<Record<string, unknown>> | undefined),
  };
  const about = pages.map(({ transactionTime, request, outputOrganizedBy }) =>
    canonical({ transactionTime, request, outputOrganizedBy }),
  );
  const files = SECTIONS.map((section) => [section, filesOf(pages, section)]);
  return canonical({ about: [...new Set(about)], extension, ...Object.fromEntries(files) });
}

/** Errors that are known from the beginning are on every page: they are one file. */
function filesOf(
  pages: readonly CertifiedManifest[],
  section: (typeof SECTIONS)[number],
): readonly string[] {
  const files = pages
    .flatMap((page) => page[section] ?? [])
    .map(({ url: _url, ...file }) => canonical(file))
    .sort();
  return section === 'error' ? [...new Set(files)] : files;
}

/** JSON whose members are in the order of their names; manifests hold no number that RFC 8785 writes otherwise. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
