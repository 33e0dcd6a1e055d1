import { download, type Manifest } from './export';

interface Bundle {
  readonly type: string;
  readonly entry: readonly {
    readonly request: { readonly method: string; readonly url: string };
  }[];
}

/** The Bundles in the deleted files of an export. */
export async function deletionBundles(
  { deleted = [] }: Manifest,
  token: string,
): Promise<readonly Bundle[]> {
  const texts = await Promise.all(deleted.map((file) => download(file.url, token)));
  return texts
    .flatMap((text) => text.split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as Bundle);
}

/** `Type/id` of everything that an export says is gone, sorted; twice when it says so twice. */
export async function deletedIn(manifest: Manifest, token: string): Promise<readonly string[]> {
  const bundles = await deletionBundles(manifest, token);
  return bundles.flatMap(({ entry }) => entry.map(({ request }) => request.url)).sort();
}
