/** A file that an export has produced. */
export interface ManifestFile {
  readonly type: string;
  readonly url: string;
  readonly count?: number;
  readonly extension?: Readonly<Record<string, unknown>>;
}

/** The manifest of a complete export (Bulk Data Access). */
export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly ManifestFile[];
  readonly error: readonly ManifestFile[];
  readonly deleted?: readonly ManifestFile[];
  /** Further pages, of servers that were asked for partial manifests. */
  readonly link?: readonly { readonly relation?: string; readonly url?: string }[];
}

/** Reads a manifest. @throws Error naming the member that is missing or of a wrong type */
export function readManifest(body: unknown): Manifest {
  if (typeof body !== 'object' || body === null) throw faulty('is no JSON object');
  const members = body as Readonly<Record<string, unknown>>;
  for (const name of ['transactionTime', 'request'] as const) {
    if (typeof members[name] !== 'string') throw faulty(`has no ${name}`);
  }
  if (typeof members['requiresAccessToken'] !== 'boolean') {
    throw faulty('has no requiresAccessToken');
  }
  for (const name of ['output', 'error'] as const) checkFiles(name, members[name]);
  if (members['deleted'] !== undefined) checkFiles('deleted', members['deleted']);
  return body as Manifest; // all its members have been looked at
}

function checkFiles(name: string, files: unknown): void {
  if (!Array.isArray(files)) throw faulty(`has no list ${name}`);
  for (const file of files as readonly unknown[]) {
    const { type, url } = (file ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof type !== 'string' || typeof url !== 'string') {
      throw faulty(`has a file without type or url in ${name}`);
    }
  }
}

function faulty(fault: string): Error {
  return new Error(`The manifest ${fault}.`);
}
