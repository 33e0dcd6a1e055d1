import type { EntityManager } from 'typeorm';

import { NEXT_PAGE } from './next-page.sql';

/**
 * Puts the files that are on no page of the manifest yet on a new one, if the client allowed for pages.
 * The last page comes with the end of the export, also without files if there is something else to
 * tell. What is on a page stays on it, and on no other (PG-03). The caller holds the lock of the job's row,
 * as commits of files do.
 */
export async function nextPage(manager: EntityManager, jobId: string): Promise<void> {
  await manager.query(NEXT_PAGE, [jobId]);
}
