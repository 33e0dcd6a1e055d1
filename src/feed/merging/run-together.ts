import type { Client, QueryResult } from 'pg';

export interface Statement {
  readonly text: string;
  /** What stands for `$1`, `$2` and so on. */
  readonly values?: readonly string[];
}

/**
 * Runs statements in one round trip, one after the other: of small passes, waiting for each would be
 * most of the time. Their values become literals, so none may be a patient's.
 *
 * @returns a result for each
 */
export async function runTogether(
  client: Client,
  statements: readonly Statement[],
): Promise<readonly QueryResult<Record<string, unknown>>[]> {
  const texts = statements.map(({ text, values = [] }) =>
    text.replace(/\$(\d+)/g, (_, number: string) =>
      client.escapeLiteral(values[Number(number) - 1] ?? ''),
    ),
  );
  const results: unknown = await client.query(texts.join(';\n'));
  // pg tells several results by a list, which its types leave out.
  return (Array.isArray(results) ? results : [results]) as QueryResult<Record<string, unknown>>[];
}
