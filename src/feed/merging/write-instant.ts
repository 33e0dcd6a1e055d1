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

/**
 * True while no export has been promised anything: versions may then carry instants of their own, in the
 * past. It stays so until the transaction ends, for the first promise is not made before that.
 */
export async function mayFillPast(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ open: boolean }>('select clinical.may_fill_past() as open');
  return rows[0]?.open ?? false;
}
