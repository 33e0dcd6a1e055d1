import { Client } from 'pg';

import { KEEP_ALIVE } from '../database';

/** A session of a load; merging sorts and joins whole types, so it may use some memory. */
export async function openLoadSession(databaseUrl: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    ...KEEP_ALIVE,
    application_name: 'ehr-bulk-data load',
    // A session whose program has died must not go on holding locks that the next load needs.
    // Tables of staging are the session's own, or else those that its partner has made.
    options:
      '-c search_path=clinical_load,public -c jit=off -c work_mem=64MB -c statement_timeout=0 -c client_connection_check_interval=1000',
  });
  // A connection that is lost makes the next statement fail; without a listener it ends the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
