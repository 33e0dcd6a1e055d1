import type { Scope } from './scope';

/** How values compare with what a resource holds. */
export interface Comparison {
  /** The columns of a row of values, with their types, by name. */
  readonly columns: Readonly<Record<string, string>>;
  /** What columns hold instead of what they were given; found once in a statement. */
  readonly made?: Readonly<Record<string, (given: string) => string>>;
  /** The row of one value. @throws UnsupportedSearchError when it is not understood */
  readonly row: (value: string) => Readonly<Record<string, unknown>>;
  /** SQL: what the row `q` asks for is there. Its columns have the scope's `part` before their names. */
  readonly matches: string;
}

/** One of the values compares as asked. All of them are compared with facts that were found once. */
export function someMatches(
  comparison: Comparison,
  values: readonly string[],
  scope: Scope,
): string {
  const rows = rowsOf(
    [comparison],
    values.map((value) => [value]),
    scope,
  );
  return `exists (with ${rows} select from q where ${comparison.matches})`;
}

/**
 * `q as …`: a row for each list of values, one for each of the comparisons, whose columns are told apart
 * as `partOf` says. PostgreSQL reads them once in a statement.
 */
export function rowsOf(
  comparisons: readonly Comparison[],
  values: readonly (readonly string[])[],
  scope: Scope,
): string {
  const rows = values.map((parts) =>
    Object.fromEntries(
      comparisons.flatMap(({ row }, n) => Object.entries(named(row(parts[n] ?? ''), partOf(n)))),
    ),
  );
  const columns = comparisons.flatMap(({ columns: all, made = {} }, n) =>
    Object.entries(named(all, partOf(n))).map(([name, type]) => {
      const make = made[name.slice(partOf(n).length)];
      return { type: `${name} ${type}`, made: make ? `${make(name)} as ${name}` : name };
    }),
  );
  const [types, made] = [columns.map(({ type }) => type), columns.map((one) => one.made)];
  return `q as materialized (select ${made.join(', ')} from jsonb_to_recordset(${scope.values.add(rows)}) as r(${types.join(', ')}))`;
}

/** What names of columns of the nth comparison begin with. */
export function partOf(n: number): string {
  return `p${n}_`;
}

function named<T>(row: Readonly<Record<string, T>>, part: string): Record<string, T> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [`${part}${name}`, value]));
}
