import { Client } from 'pg';

import { difference, familyCpuSeconds } from '../process-usage';
import { type Command, type CommandCosts, measuredCommand } from './measured-command';

/** What taking some resources in took, the database's part included where it runs on this machine. */
export interface Ingested extends CommandCosts {
  /** Of the program alone. */
  readonly clientCpuSeconds: number | undefined;
}

/** Runs a program that writes to a database, and measures both. */
export async function ingested(databaseUrl: string, command: Command): Promise<Ingested> {
  const postmaster = await postmasterOf(databaseUrl);
  const before = postmaster === undefined ? undefined : familyCpuSeconds(postmaster);
  const costs = await measuredCommand(command);
  const after = postmaster === undefined ? undefined : familyCpuSeconds(postmaster);
  const server = difference(after, before);
  const { cpuSeconds: client } = costs;
  return {
    ...costs,
    clientCpuSeconds: client,
    cpuSeconds: client === undefined || server === undefined ? undefined : client + server,
  };
}

/** The server's first process; undefined when the user may not ask, or the server is elsewhere. */
export async function postmasterOf(databaseUrl: string): Promise<number | undefined> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: string }>(
      "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid",
    );
    return Number(rows[0]?.pid) || undefined;
  } catch {
    return undefined;
  } finally {
    await client.end();
  }
}
