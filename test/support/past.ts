import type { DataSource } from 'typeorm';

/**
 * Writes what was there before: the store takes nothing with an instant that exports were promised
 * already (ADR 0031), and a test cannot wait for years. As replication would, without asking.
 */
export async function writePast(
  dataSource: DataSource,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query('set local session_replication_role = replica');
    await manager.query(sql, [...parameters]);
  });
}
