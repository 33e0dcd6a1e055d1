import { isFhirId } from '@app/fhir';
import { BulkRequestError } from '@app/smart-client';

import type { FhirSourceConfig } from '../../../config';
import type { Change, Checkpoint } from '../change-source';
import { type Clocks, type Mark, nextBeginning, noLater } from '../marks';
import type { FhirServer } from './fhir-server';
import { type Found, searchPages } from './search-pages';

/** Where reading by searches goes on. */
export interface SearchCursor {
  readonly by: 'search';
  /** Below which server's base. */
  readonly scope: string;
  /** Of the last reading that was completed. */
  readonly mark?: Mark;
  /** Types that it read: others are read from the beginning on. */
  readonly types: readonly string[];
  readonly begun?: BegunSearches;
}

interface BegunSearches {
  readonly mark: Mark;
  readonly types: readonly string[];
  /** The next page of a further type. */
  readonly within?: { readonly type: string; readonly url: string };
}

type Items = AsyncGenerator<Change | Checkpoint, void>;

const LINE_ENDS = /[\r\n]/;

/** Reads what has changed by one search per type. */
export class SearchReading {
  /** @param onLeftOut told of each resource that cannot be taken in */
  constructor(
    private readonly server: FhirServer,
    private readonly config: Pick<FhirSourceConfig, 'overlap' | 'pageSize'>,
    private readonly types: readonly string[],
    private readonly onLeftOut: (type: string) => void,
  ) {}

  async *changes(cursor: SearchCursor, now: Clocks): Items {
    const settled = this.settledAt(now.clock);
    let begun: BegunSearches = cursor.begun ?? { mark: { ...now, settled }, types: [] };
    yield { cursor: { ...cursor, begun } };
    for (const type of this.types) {
      if (begun.types.includes(type)) continue;
      yield* this.readType(type, cursor, begun);
      begun = { mark: begun.mark, types: [...begun.types, type] };
      yield { cursor: { ...cursor, begun } };
    }
    const { mark, types } = begun;
    yield {
      cursor: { by: 'search', scope: cursor.scope, mark, types } satisfies SearchCursor,
      upTo: noLater(mark.settled, this.settledAt(mark.ownClock)),
    };
  }

  /** What has happened up to then is there to be found, whoever's clock it is by. */
  private settledAt(clock: string): string {
    return new Date(Date.parse(clock) - this.config.overlap * 1000).toISOString();
  }

  /** Every id of a type. */
  async *ids(type: string): AsyncGenerator<string, void> {
    for await (const { found } of searchPages(this.server, this.first(type, '_elements=id'))) {
      for (const { id } of found.filter((one) => one.type === type)) {
        if (id !== undefined && isFhirId(id)) yield id;
      }
    }
  }

  private async *readType(type: string, cursor: SearchCursor, begun: BegunSearches): Items {
    const { within } = begun;
    const first = this.first(type, ...since(type, cursor, begun, this.config.overlap));
    if (within?.type !== type) {
      yield* this.readPages(type, first, { cursor, begun });
      return;
    }
    try {
      yield* this.readPages(type, within.url, { cursor, begun });
    } catch (error) {
      // Links to further pages do not last for ever: the type is begun anew.
      if (!(error instanceof BulkRequestError) || ![400, 404, 410].includes(error.status))
        throw error;
      yield* this.readPages(type, first, { cursor, begun });
    }
  }

  private async *readPages(
    type: string,
    first: string,
    { cursor, begun }: { readonly cursor: SearchCursor; readonly begun: BegunSearches },
  ): Items {
    for await (const { found, next } of searchPages(this.server, first)) {
      for (const one of found) {
        const change = changeOf(type, one);
        if (change) yield change;
        else this.onLeftOut(type);
      }
      if (next === undefined) continue;
      const within = { type, url: next };
      yield { cursor: { ...cursor, begun: { ...begun, within } } };
    }
  }

  /**
   * The latest come first: what changes while pages are turned then pushes others to later pages, where
   * they come twice, and never to earlier ones, where they would be missed.
   */
  private first(type: string, ...parameters: readonly string[]): string {
    const all = [...parameters, '_sort=-_lastUpdated', `_count=${this.config.pageSize}`];
    return this.server.at(`${type}?${all.join('&')}`);
  }
}

function since(
  type: string,
  { mark, types }: SearchCursor,
  begun: BegunSearches,
  overlap: number,
): readonly string[] {
  if (!mark || !types.includes(type)) return [];
  return [`_lastUpdated=ge${nextBeginning(mark, begun.mark, { overlap }).toISOString()}`];
}

/** @returns undefined for what is not of the type, or would be more than a line */
function changeOf(type: string, { type: own, id, text }: Found): Change | undefined {
  if (own !== type || id === undefined || !isFhirId(id)) return undefined;
  return LINE_ENDS.test(text.toString('latin1')) ? undefined : { type, id, content: text };
}
