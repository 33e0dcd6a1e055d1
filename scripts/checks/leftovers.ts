import { Client } from 'pg';

/** What a database without our schema has none of. The list of run migrations itself may stay, empty. */
const OURS = `
  SELECT 'schema ' || nspname AS name FROM pg_namespace
   WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')
  UNION ALL
  SELECT 'relation public.' || relname FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
     AND relname <> 'schema_migration'
  UNION ALL
  SELECT 'function public.' || proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL
  SELECT 'type public.' || typname FROM pg_type
   WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
  UNION ALL
  SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'`;

/** Everything in the database that migrations, all undone, should have removed. */
export async function leftovers(databaseUrl: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(OURS);
    return rows.map(({ name }) => name);
  } finally {
    await client.end();
  }
}
