import { Client } from 'pg';

/**
 * Drops the database, if it is there, and makes it anew, empty.
 *
 * @param adminUrl a connection whose user may create databases
 * @returns the URL of the new database
 */
export async function freshDatabase(adminUrl: string, name: string): Promise<string> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    const identifier = admin.escapeIdentifier(name);
    await admin.query(`DROP DATABASE IF EXISTS ${identifier} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${identifier} TEMPLATE template0 ENCODING 'UTF8'`);
  } catch (error) {
    throw new Error(
      `Could not make the database "${name}": ${(error as Error).message}. ` +
        'The user of DATABASE_URL needs the right to create databases (ALTER ROLE … CREATEDB).',
      { cause: error },
    );
  } finally {
    await admin.end();
  }
  return databaseUrl(adminUrl, name);
}

/** The same server and user, another database. */
function databaseUrl(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
