import { readEnvelope } from '../../reading/bundle-entries';
import { compactJson } from '../../reading/json-compact';
import { InvalidResourceError } from '../../reading/loader.errors';
import type { FhirServer } from './fhir-server';
import { LoopGuard } from './loop-guard';
import { SourceServerError } from './source.errors';

/** A resource on a page, its text as the server spells it. */
export interface Found {
  readonly type: string | undefined;
  readonly id: string | undefined;
  /** On one line. */
  readonly text: Buffer;
}

export interface SearchPage {
  readonly found: readonly Found[];
  /** Where the search goes on; undefined on its last page. */
  readonly next: string | undefined;
}

/** Beside what is searched for: what it leads to, and how the search went. */
const BESIDE = ['include', 'outcome'];

/** The pages of a search, one in memory at a time. @throws SourceServerError when they do not end */
export async function* searchPages(
  server: FhirServer,
  first: string,
): AsyncGenerator<SearchPage, void> {
  const places = new LoopGuard();
  const contents = new LoopGuard();
  for (let url: string | undefined = first; url !== undefined;) {
    places.check(url);
    const page = readPage(await server.page(url));
    if (page.found.length > 0) contents.check(page.found.map(({ id }) => id).join());
    const next: string | undefined = page.next === undefined ? undefined : server.own(page.next);
    yield { ...page, next };
    url = next;
  }
}

function readPage(body: Buffer): SearchPage {
  const text = compactJson(body);
  const bundle = envelopeOf(text);
  if (bundle?.type !== 'searchset') throw new SourceServerError('a search gives no searchset');
  const found = bundle.entries.flatMap(({ resource, mode = 'match' }) =>
    resource && !BESIDE.includes(mode)
      ? [
          {
            type: resource.type,
            id: resource.id,
            text: text.subarray(resource.start, resource.end),
          },
        ]
      : [],
  );
  return { found, next: bundle.next };
}

function envelopeOf(text: Buffer): ReturnType<typeof readEnvelope> {
  try {
    return readEnvelope(text);
  } catch (error) {
    if (!(error instanceof InvalidResourceError)) throw error;
    throw new SourceServerError('a page of a search is no JSON', { cause: error });
  }
}
