import type { DataSource, EntityManager } from 'typeorm';

import type { ResourceType } from '@app/fhir';

/** What became of the tables of types. */
export interface EnsuredPartitions {
  readonly added: readonly ResourceType[];
  /** The store was in use: their resources stay where they are, which is right and slower. */
  readonly busy: readonly ResourceType[];
}

/** How long exports and writers are waited for, who wait in turn meanwhile. */
const LOCK_WAIT = '3s';
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Gives each type a partition of the store that has none yet, and moves there what the default partition
 * holds of it. Exports and writers wait while that is done.
 */
export async function ensurePartitions(
  dataSource: DataSource,
  types: readonly ResourceType[],
): Promise<EnsuredPartitions> {
  const added: ResourceType[] = [];
  const busy: ResourceType[] = [];
  for (const type of types) {
    if (await hasPartition(dataSource.manager, type)) continue;
    try {
      await dataSource.transaction((manager) => addPartition(manager, type));
      added.push(type);
    } catch (error) {
      if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      busy.push(type);
    }
  }
  return { added, busy };
}

const DEFAULT = 'clinical.resource_other';

function partitionOf(type: ResourceType): string {
  return `clinical.resource_${type.toLowerCase()}`;
}

async function hasPartition(manager: EntityManager, type: ResourceType): Promise<boolean> {
  const [row] = await manager.query<{ known: boolean }[]>(
    'select to_regclass($1) is not null as known',
    [partitionOf(type)],
  );
  return row?.known === true;
}

/**
 * Rows are moved between tables that are not attached: they do not change, so no trigger is to notice, and
 * no instant before which the store is closed is in their way.
 */
async function addPartition(manager: EntityManager, type: ResourceType): Promise<void> {
  const table = partitionOf(type);
  await manager.query(`set local lock_timeout = '${LOCK_WAIT}'`);
  await manager.query('lock table clinical.resource in access exclusive mode');
  await manager.query(`alter table clinical.resource detach partition ${DEFAULT}`);
  await manager.query(`create table ${table} (like clinical.resource including all)`);
  await manager.query(`insert into ${table} select * from ${DEFAULT} where type = $1`, [type]);
  await manager.query(`delete from ${DEFAULT} where type = $1`, [type]);
  await manager.query(
    `alter table clinical.resource attach partition ${table} for values in ('${type}')`,
  );
  await manager.query(`alter table clinical.resource attach partition ${DEFAULT} default`);
  await copySettings(manager, table);
}

/** Storage parameters, and the triggers of whole statements: no partition has those of its parent. */
async function copySettings(manager: EntityManager, table: string): Promise<void> {
  const [options] = await manager.query<{ text: string | null }[]>(
    `select array_to_string(reloptions, ', ') as text from pg_class where oid = '${DEFAULT}'::regclass`,
  );
  if (options?.text) await manager.query(`alter table ${table} set (${options.text})`);
  for (const { name, definition, always } of await manager.query<Trigger[]>(TRIGGERS)) {
    await manager.query(definition.replace(` ON ${DEFAULT} `, ` ON ${table} `));
    if (always) await manager.query(`alter table ${table} enable always trigger ${name}`);
  }
}

interface Trigger {
  readonly name: string;
  readonly definition: string;
  /** Fires for rows that replication brings, too. */
  readonly always: boolean;
}

const TRIGGERS = `
  select tgname as name, pg_get_triggerdef(oid) as definition, tgenabled = 'A' as always
  from pg_trigger where tgrelid = '${DEFAULT}'::regclass and not tgisinternal and tgparentid = 0`;
