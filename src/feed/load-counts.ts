import type { TypeCounts } from './load.types';

/** The type under which a line is counted that has none. */
export const UNKNOWN_TYPE = '(unknown)';

const NOTHING: Readonly<TypeCounts> = {
  read: 0,
  new: 0,
  changed: 0,
  unchanged: 0,
  history: 0,
  repeated: 0,
  rejected: 0,
};

/** Counts by resource type. */
export class LoadCounts {
  private readonly counts = new Map<string, TypeCounts>();

  add(type: string, outcome: keyof TypeCounts, count = 1): void {
    let counts = this.counts.get(type);
    if (!counts) {
      counts = { ...NOTHING };
      this.counts.set(type, counts);
    }
    counts[outcome] += count;
  }

  get(type: string, outcome: keyof TypeCounts): number {
    return this.counts.get(type)?.[outcome] ?? 0;
  }

  /** Rows that were written, of all types. */
  get written(): number {
    let written = 0;
    for (const counts of this.counts.values()) {
      written += counts.new + counts.changed + counts.history;
    }
    return written;
  }

  /** Counts of their own that go on from these. */
  copy(): LoadCounts {
    const copy = new LoadCounts();
    for (const [type, counts] of this.counts) copy.counts.set(type, { ...counts });
    return copy;
  }

  /** A copy, sorted by type. */
  sorted(): ReadonlyMap<string, Readonly<TypeCounts>> {
    const entries = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(entries.map(([type, counts]) => [type, { ...counts }]));
  }
}
