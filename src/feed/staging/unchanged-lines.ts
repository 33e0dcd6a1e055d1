import type { Client } from 'pg';

import type { LocalReference } from '@app/fhir';

import { guessKey } from '../reading/line-key';
import type { Line } from '../reading/line-reader';

/** Lines, and by index the keys of those that are stored already as they are. */
export interface SiftedLines {
  readonly lines: readonly Line[];
  readonly unchanged: Unchanged;
}

type Unchanged = ReadonlyMap<number, LocalReference>;

/**
 * Which of some texts are stored. `$1` their keys, a line each; `$2` their digests, one after the other.
 * The subquery keeps to one look into the index for each: a join would read the whole store for a few.
 */
const FIND_STORED = `
  select string_agg(k.place::text, ',') as places
  from string_to_table($1, E'\\n') with ordinality as k (reference, place)
  cross join lateral (
    select r.content_digest from clinical.resource r
    where r.type = split_part(k.reference, '/', 1) and r.id = split_part(k.reference, '/', 2)
    offset 0
  ) r
  where r.content_digest = substring($2::bytea from (k.place * 32 - 31)::int for 32)`;

const NONE: Unchanged = new Map();
/** Below this share of unchanged lines, looking costs more than it saves. */
const WORTHWHILE = 0.1;
/** While it is not worthwhile, one of so many batches is looked at, at the least. */
const MAX_GAP = 16;

/**
 * Finds lines whose resources are stored already as they are, by the digest of their bytes: parsing them
 * would cost ten times as much. Looks at fewer lines while there are few such.
 */
export class UnchangedLines {
  private gap = 0;
  private passed = 0;

  /** @param client a session that is free while lines are read */
  constructor(private readonly client: Client) {}

  /** Batches of lines in their order; while one is worked on, the next is looked up. */
  async *sift(batches: AsyncIterable<readonly Line[]>): AsyncGenerator<SiftedLines> {
    let before: Promise<SiftedLines> | undefined;
    try {
      for await (const lines of batches) {
        const next = this.find(lines);
        // Awaited in its turn; until then it must not count as unhandled.
        next.catch(() => undefined);
        if (before) yield await before;
        before = next;
      }
      if (before) yield await before;
    } finally {
      await before?.catch(() => undefined);
    }
  }

  private async find(lines: readonly Line[]): Promise<SiftedLines> {
    if (this.passed < this.gap) {
      this.passed += 1;
      return { lines, unchanged: NONE };
    }
    const unchanged = await this.lookUp(lines);
    this.passed = 0;
    const isWorthwhile = unchanged.size >= lines.length * WORTHWHILE;
    this.gap = isWorthwhile ? 0 : Math.min(MAX_GAP, this.gap * 2 + 1);
    return { lines, unchanged };
  }

  private async lookUp(lines: readonly Line[]): Promise<Unchanged> {
    const keys = lines.flatMap(({ text }, index) => {
      const key = text && guessKey(text);
      return key ? [{ index, ...key }] : [];
    });
    if (keys.length === 0) return NONE;
    const { rows } = await this.client.query<{ places: string | null }>({
      name: 'find-stored',
      text: FIND_STORED,
      values: [
        keys.map(({ type, id }) => `${type}/${id}`).join('\n'),
        Buffer.concat(keys.map(({ digest }) => digest)),
      ],
    });
    const places = rows[0]?.places?.split(',') ?? [];
    const found = new Set(places.map(Number));
    const stored = keys.filter((_, index) => found.has(index + 1));
    return new Map(stored.map(({ index, type, id }) => [index, { type, id }]));
  }
}

/** Lines of which nothing is known. */
export async function* unsifted(
  batches: AsyncIterable<readonly Line[]>,
): AsyncGenerator<SiftedLines> {
  for await (const lines of batches) yield { lines, unchanged: NONE };
}
