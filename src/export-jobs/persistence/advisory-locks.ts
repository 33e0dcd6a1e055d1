import type { EntityManager } from 'typeorm';

/** What is decided by counting rows, and so by one transaction at a time. */
const LOCKS = { admission: 1, planning: 2, history: 3, numbers: 4 } as const;

/** Waits for a lock that PostgreSQL frees at the end of the transaction, or of its connection. */
export async function lockForTransaction(
  manager: EntityManager,
  name: keyof typeof LOCKS,
): Promise<void> {
  await manager.query(`select pg_advisory_xact_lock(hashtext('export.job'), $1)`, [LOCKS[name]]);
}

/** As lockForTransaction, along with others who share it. */
export async function shareLockForTransaction(
  manager: EntityManager,
  name: keyof typeof LOCKS,
): Promise<void> {
  await manager.query(`select pg_advisory_xact_lock_shared(hashtext('export.job'), $1)`, [
    LOCKS[name],
  ]);
}
