import type { Client } from 'pg';

import type { LocalReference } from '@app/fhir';

import { guessKey, type LineKey } from '../reading/line-key';
import type { Line } from '../reading/line-reader';

/** Lines, and by index the keys of those that are stored already as they are. */
export interface SiftedLines {
  readonly lines: readonly Line[];
  readonly unchanged: Unchanged;
}

type Unchanged = ReadonlyMap<number, LocalReference>;

/**
 * The digests of some resources of the type `$1`; `$2` are their ids. One list for the index, which is
 * gone through once: a look for each id would cost five times as much. Both values have the same order.
 */
const FIND_STORED = `
  select string_agg(id, ',') as ids, encode(string_agg(content_digest, ''::bytea), 'hex') as digests
  from clinical.resource
  where type = $1 and id = any(string_to_array($2, ',') collate "C")`;

interface GuessedLine {
  readonly index: number;
  readonly key: LineKey;
}

const NONE: Unchanged = new Map();
/** Of a digest. */
const HEX_DIGITS = 64;
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
    const byType = new Map<string, GuessedLine[]>();
    for (const [index, { text }] of lines.entries()) {
      const key = text && guessKey(text);
      if (!key) continue;
      const ofType = byType.get(key.type);
      if (ofType) ofType.push({ index, key });
      else byType.set(key.type, [{ index, key }]);
    }
    const unchanged = new Map<number, LocalReference>();
    for (const [type, guessed] of byType) {
      const digests = await this.digestsOf(type, guessed);
      for (const { index, key } of guessed) {
        if (digests.get(key.id) === key.digest) unchanged.set(index, key);
      }
    }
    return unchanged;
  }

  /** By id. */
  private async digestsOf(
    type: string,
    guessed: readonly GuessedLine[],
  ): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.client.query<{ ids: string | null; digests: string }>({
      name: 'find-stored',
      text: FIND_STORED,
      values: [type, guessed.map(({ key }) => key.id).join(',')],
    });
    const { ids, digests } = rows[0] ?? {};
    const found = ids?.split(',').map((id, place) => {
      const start = place * HEX_DIGITS;
      return [id, digests?.slice(start, start + HEX_DIGITS) ?? ''] as const;
    });
    return new Map(found);
  }
}

/** Lines of which nothing is known. */
export async function* unsifted(
  batches: AsyncIterable<readonly Line[]>,
): AsyncGenerator<SiftedLines> {
  for await (const lines of batches) yield { lines, unchanged: NONE };
}
