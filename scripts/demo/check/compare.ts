import type { Findings } from './findings';
import { BUCKETS, type Fingerprint, type Place, type Spill } from './spill';

export interface Compared {
  /** By number of type: different resources of the input, and how many of them were exported. */
  readonly loaded: ReadonlyMap<number, number>;
  readonly exported: ReadonlyMap<number, number>;
  /** Resources of the input that are not in the export: the last occurrence of each. */
  readonly missing: readonly (Place & { readonly type: number })[];
}

export interface Comparison {
  readonly input: Spill;
  readonly exported: Spill;
  readonly findings: Findings;
  readonly describe: (place: Fingerprint) => string;
  /** False for types that the service makes by itself. */
  readonly comesFromInput: (type: number) => boolean;
  /** The export may hold more than the input. */
  readonly mayHoldMore: boolean;
}

/** Compares input and export, resource by resource, with one bucket of them in memory. */
export function compare(comparison: Comparison): Compared {
  const loaded = new Map<number, number>();
  const exported = new Map<number, number>();
  const missing: (Place & { type: number })[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    for (const pair of pairs(comparison, bucket)) {
      const last = pair.input.at(-1);
      const [line] = pair.exported;
      if (last) add(loaded, last.type);
      if (line) add(exported, line.type);
      if (line) judge(pair, line, comparison);
      else if (last) missing.push({ type: last.type, file: last.file, line: last.line });
    }
  }
  return { loaded, exported, missing };
}

interface Pair {
  readonly input: Fingerprint[];
  readonly exported: Fingerprint[];
}

function pairs({ input, exported }: Comparison, bucket: number): Iterable<Pair> {
  const byKey = new Map<string, Pair>();
  const pairOf = (key: string): Pair => {
    const known = byKey.get(key);
    if (known) return known;
    const pair = { input: [], exported: [] };
    byKey.set(key, pair);
    return pair;
  };
  for (const found of input.read(bucket)) pairOf(found.key).input.push(found);
  for (const found of exported.read(bucket)) pairOf(found.key).exported.push(found);
  return byKey.values();
}

function judge(pair: Pair, line: Fingerprint, comparison: Comparison): void {
  const { findings, describe, comesFromInput, mayHoldMore } = comparison;
  const where = describe(line);
  if (pair.exported.length > 1) findings.add('resource(s) were exported more than once', where);
  if (!comesFromInput(line.type)) return;
  if (pair.input.length === 0) {
    if (!mayHoldMore) findings.add('exported resource(s) are not in the input', where);
  } else if (!pair.input.some(({ content }) => content === line.content)) {
    findings.add('exported resource(s) differ from the input', where);
  }
}

function add(counts: Map<number, number>, type: number): void {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}
