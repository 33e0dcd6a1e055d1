import type { Client } from 'pg';

/**
 * The instant that all rows of the current transaction carry, to the millisecond. The transaction is
 * given its id first: whoever takes a later instant and then waits for older transactions to end
 * has seen every row with an earlier one.
 */
export async function takeWriteInstant(client: Client): Promise<string> {
  await client.query('select pg_current_xact_id()');
  const { rows } = await client.query<{ instant: string }>(
    "select date_trunc('milliseconds', clock_timestamp())::text as instant",
  );
  return rows[0]?.instant ?? '';
}
