import type { Client } from 'pg';

/**
 * The instant that all rows of the current transaction carry, to the millisecond: later than every
 * `transactionTime` that was promised before. The transaction has its id then: whoever takes a later
 * instant and waits for older transactions to end has seen every row with an earlier one.
 */
export async function takeWriteInstant(client: Client): Promise<string> {
  const { rows } = await client.query<{ instant: string }>(
    'select clinical.write_instant()::text as instant',
  );
  return rows[0]?.instant ?? '';
}
