import type { EntityManager } from 'typeorm';

import type { CohortBucket } from './bucket-weights';

/** Members from which on PostgreSQL must know of them; what it takes for granted suits smaller cohorts. */
const LARGE_COHORT = 1000;
/** How long we wait for others to be done with what PostgreSQL knows of cohorts. */
const WAIT_MILLISECONDS = 3000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Tells PostgreSQL of a large cohort, in the transaction that froze it. Until autovacuum comes by, it takes
 * a new cohort for one patient, and would fetch what many patients have one by one. Autovacuum gives way
 * within a second to whoever waits for it, and other plans are soon done. How large cohorts are is all that
 * parts depend on; to look at patients' ids takes as long again.
 *
 * @returns false when others did not let us: the export may be slow
 */
export async function analyzeCohort(
  manager: EntityManager,
  cohort: readonly CohortBucket[],
): Promise<boolean> {
  const members = cohort.reduce((sum, bucket) => sum + bucket.members, 0);
  if (members < LARGE_COHORT) return true;
  await manager.query(`savepoint known; set local lock_timeout = ${WAIT_MILLISECONDS}`);
  try {
    await manager.query('analyze export.cohort_member (job_id, slot)');
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    await manager.query('rollback to savepoint known');
    return false;
  }
  await manager.query('set local lock_timeout to default');
  return true;
}
