import { Client } from 'pg';

import { KEEP_ALIVE } from '../../database';

/** With the hash of a feed's name: the advisory lock of whoever follows it. */
const FOLLOWERS = 4_837_126;
/** PostgreSQL ends the session of a host that is lost after so many seconds of silence. */
const SESSION =
  '-c statement_timeout=0 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

/**
 * The right to follow a source, which one process at a time has: an advisory lock of a session that
 * nothing else uses. It ends with the process. Two that think they have it do no harm: batches are numbered.
 */
export class FollowerLease {
  private client: Client | undefined;

  constructor(
    private readonly databaseUrl: string,
    private readonly feed: string,
  ) {}

  /**
   * Takes the right, or finds that one has it still.
   *
   * @returns the session that holds it; undefined while another process has it
   * @throws what PostgreSQL says
   */
  async hold(): Promise<Client | undefined> {
    if (this.client && (await isAlive(this.client))) return this.client;
    await this.release();
    const client = await openSession(this.databaseUrl);
    try {
      if (await tryLock(client, this.feed)) this.client = client;
    } finally {
      if (this.client !== client) await client.end().catch(() => undefined);
    }
    return this.client;
  }

  async release(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }
}

async function openSession(databaseUrl: string): Promise<Client> {
  const client = new Client({
    connectionString: databaseUrl,
    ...KEEP_ALIVE,
    application_name: 'ehr-bulk-data follower',
    options: SESSION,
  });
  // A connection that is lost makes the next statement fail; without a listener it ends the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function isAlive(client: Client): Promise<boolean> {
  return client.query('select 1').then(
    () => true,
    () => false,
  );
}

async function tryLock(client: Client, feed: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock($1, hashtext($2)) as locked',
    [FOLLOWERS, feed],
  );
  return rows[0]?.locked ?? false;
}
