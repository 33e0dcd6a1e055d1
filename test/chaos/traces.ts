import type { World } from './world';

/** What is still held of jobs and parts, and by connections, though nobody is at work. */
export async function leaksOf({ query }: World): Promise<readonly string[]> {
  const rows = await query<{ leak: string }>(
    `select 'lease of a part' as leak from export.part where state = 'running' or lease_until is not null
     union all select 'lease of a job' from export.job where lease_until is not null
     union all select 'advisory lock' from pg_locks where locktype = 'advisory'
     union all select 'open transaction' from pg_stat_activity
               where state like 'idle in transaction%' or (state = 'active' and pid <> pg_backend_pid()
                     and backend_type = 'client backend' and xact_start < now() - interval '2 seconds')`,
  );
  return rows.map(({ leak }) => leak);
}

/** Files that were committed by an attempt other than the last, or for a part that is not complete. */
export async function staleFiles({ query }: World): Promise<readonly string[]> {
  const rows = await query<{ storage_key: string }>(
    `select f.storage_key
     from export.file f join export.part p on p.id = f.part_id join export.job j on j.id = p.job_id
     where j.state = 'completed'
       and (p.state <> 'completed' or f.storage_key not like '%/' || p.id || '.' || p.fence || '.%')`,
  );
  return rows.map(({ storage_key }) => storage_key);
}
