import type { Client } from 'pg';

import type { KnownBases } from '../reading/known-bases';

/** The bases that earlier loads were given or have learned. */
export async function readBases(client: Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ base: string }>('select base from clinical.known_base');
  return rows.map(({ base }) => base);
}

/** Keeps the bases for later loads: the same text means the same then. */
export async function keepBases(client: Client, bases: KnownBases): Promise<void> {
  await client.query(
    'insert into clinical.known_base select unnest($1::text[]) on conflict do nothing',
    [bases.learned()],
  );
}
