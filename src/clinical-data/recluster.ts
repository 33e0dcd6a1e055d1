import type { DataSource } from 'typeorm';

import { withRunner } from '../database';

/** What was done about a type's rows. */
export interface Reclustered {
  readonly table: string;
  /** How far the rows lie in the order of patients: 1 entirely, 0 not at all; null: not known. */
  readonly order: number | null;
  readonly outcome: 'in order' | 'rewritten' | 'busy';
}

export interface ReclusterOptions {
  /** Rewrite what is in order, too. */
  readonly all: boolean;
  /** How long exports and writers of a type are waited for. */
  readonly lockSeconds: number;
}

/** From here on, neighbours lie close enough together. */
const IN_ORDER = 0.95;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings a patient's rows together again, which updates have scattered: an export of few patients then
 * reads few pages. Each type is locked while it is rewritten, for as long as reading and writing it takes,
 * and needs its size on disk once more; its exports and writers wait. Types that are in use are left out.
 */
export async function* recluster(
  dataSource: DataSource,
  { all, lockSeconds }: ReclusterOptions,
): AsyncGenerator<Reclustered> {
  const partitions = await dataSource.query<Partition[]>(PARTITIONS);
  for (const { table, index, order } of partitions) {
    if (!all && (order === null || order >= IN_ORDER)) yield { table, order, outcome: 'in order' };
    else yield { table, order, outcome: await rewrite(dataSource, { table, index, lockSeconds }) };
  }
}

async function rewrite(
  dataSource: DataSource,
  { table, index, lockSeconds }: { table: string; index: string; lockSeconds: number },
): Promise<'rewritten' | 'busy'> {
  return withRunner(dataSource, async (runner) => {
    try {
      await runner.query('set statement_timeout = 0');
      await runner.query(`set lock_timeout = ${Math.round(lockSeconds * 1000)}`);
      await runner.query(`cluster ${table} using ${index}`);
      await runner.query(`analyze ${table}`);
      return 'rewritten';
    } catch (error) {
      if ((error as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return 'busy';
      throw error;
    } finally {
      await runner.query('reset lock_timeout; reset statement_timeout').catch(() => undefined);
    }
  });
}

interface Partition {
  readonly table: string;
  readonly index: string;
  readonly order: number | null;
}

/** Names come quoted where they need it. */
const PARTITIONS = `
  select c.oid::regclass::text as table, i.indexname as index, abs(s.correlation)::float8 as order
  from pg_inherits p
  join pg_class c on c.oid = p.inhrelid
  join pg_indexes i on i.schemaname = 'clinical' and i.tablename = c.relname
    and i.indexdef ilike '% using btree (patient_id, last_updated)'
  left join pg_stats s on s.schemaname = 'clinical' and s.tablename = c.relname
    and s.attname = 'patient_id'
  where p.inhparent = to_regclass('clinical.resource')
  order by 1`;
