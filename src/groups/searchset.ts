import { operationOutcome, type OutcomeIssue } from '@app/fhir';

import type { GroupPage } from './group-finder.service';
import type { GroupRepresentation } from './group-reader.service';
import type { PatientText } from './included-patients.service';
import type { GroupSearch } from './search/group-search';
import { encodeCursor, type PageCursor } from './search/page-cursor';
import type { QueryParameter } from './search/query-parameter';

export interface SearchsetContent {
  readonly fhirBase: string;
  readonly search: GroupSearch;
  readonly page: GroupPage;
  readGroup(id: string): Promise<GroupRepresentation | undefined>;
  readonly patients: AsyncIterable<PatientText>;
  /** What the reader must know about what is not in the result. */
  readonly warnings: readonly OutcomeIssue[];
}

/** A searchset Bundle as JSON text, piece by piece, elements in FHIR's order. */
export async function* searchset(content: SearchsetContent): AsyncGenerator<string> {
  const { fhirBase, page, patients, warnings } = content;
  const link = links(content);
  yield `{"resourceType":"Bundle","type":"searchset","total":${page.total},"link":${JSON.stringify(link)}`;
  let separator = ',"entry":[';
  for (const id of page.ids) {
    const group = await content.readGroup(id);
    // It was deleted between the search and its turn.
    if (group === undefined) continue;
    yield `${separator}{"fullUrl":${JSON.stringify(`${fhirBase}/Group/${id}`)},"resource":`;
    yield* group.text();
    yield ',"search":{"mode":"match"}}';
    separator = ',';
  }
  for await (const { id, content: text } of patients) {
    yield `${separator}{"fullUrl":${JSON.stringify(`${fhirBase}/Patient/${id}`)},"resource":${text},"search":{"mode":"include"}}`;
    separator = ',';
  }
  if (warnings.length > 0) {
    const outcome = JSON.stringify(operationOutcome(...warnings));
    yield `${separator}{"resource":${outcome},"search":{"mode":"outcome"}}`;
    separator = ',';
  }
  yield separator === ',' ? ']}' : '}';
}

interface Link {
  readonly relation: 'self' | 'previous' | 'next';
  readonly url: string;
}

function links({ fhirBase, search, page }: SearchsetContent): readonly Link[] {
  const url = (cursor: PageCursor | undefined): string => {
    const pages: readonly QueryParameter[] = cursor ? [['_page', encodeCursor(cursor)]] : [];
    const query = new URLSearchParams(
      [...search.asked, ...pages].map(([name, value]) => [name, value]),
    ).toString();
    return `${fhirBase}/Group${query === '' ? '' : `?${query}`}`;
  };
  return [
    { relation: 'self', url: url(search.page) },
    ...(page.before ? [{ relation: 'previous' as const, url: url(page.before) }] : []),
    ...(page.after ? [{ relation: 'next' as const, url: url(page.after) }] : []),
  ];
}
