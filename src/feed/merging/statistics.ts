import type { Client } from 'pg';

/**
 * The tables that a merge of these types has written to, for ANALYZE: right after a load autovacuum
 * has not come by yet, and the first export would be planned for empty tables. The largest first.
 */
export async function changedRelations(
  session: Client,
  types: readonly string[],
): Promise<readonly string[]> {
  if (types.length === 0) return [];
  const { rows } = await session.query<{ partition: string }>(PARTITIONS, [types]);
  return [
    ...rows.map(({ partition }) => partition),
    'clinical.resource_history, clinical.compartment, clinical.patient_link',
    'clinical.resource_link, clinical.provenance_target',
  ];
}

/** A type without a partition of its own lies in the default one. */
const PARTITIONS = `
  select distinct coalesce(
    to_regclass('clinical.resource_' || lower(type)), 'clinical.resource_other'::regclass)::text as partition
  from unnest($1::text[]) type`;
