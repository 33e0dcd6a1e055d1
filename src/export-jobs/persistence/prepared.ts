import type { ClientBase } from 'pg';
import type { QueryRunner } from 'typeorm';

/** A statement of which every connection keeps the plan, by its name. */
export interface Prepared {
  /** Always with the same text. */
  readonly name: string;
  readonly text: string;
}

/**
 * Runs one of the statements that each part needs, whose plans take PostgreSQL longer than what they do.
 * TypeORM knows no such statements; the connection is still the runner's, with its transaction.
 *
 * @returns the rows that the statement gives, and how many it has given or changed
 */
export async function runPrepared(
  runner: QueryRunner,
  { name, text }: Prepared,
  values: readonly unknown[],
): Promise<{ readonly rows: readonly unknown[]; readonly count: number }> {
  const connection = (await runner.connect()) as ClientBase;
  const { rows, rowCount } = await connection.query({ name, text, values: [...values] });
  return { rows, count: rowCount ?? 0 };
}
