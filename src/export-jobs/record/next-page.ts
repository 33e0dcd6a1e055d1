import type { EntityManager } from 'typeorm';

/**
 * Puts the files that are on no page of the manifest yet on a new one, if the client allowed for pages.
 * The last page comes with the end of the export, also without files if there is something else to
 * tell. What is on a page stays on it, and on no other (PG-03). The caller holds the lock of the job's row,
 * as commits of files do.
 */
export async function nextPage(manager: EntityManager, jobId: string): Promise<void> {
  await manager.query(NEXT_PAGE, [jobId]);
}

const IN_PAGES = `j.id = $1 and coalesce((j.parameters ->> 'partialManifests')::boolean, false)`;

const NEXT_PAGE = `
  with listed as (
    update export.file f set page = j.pages + 1
    from export.job j
    where ${IN_PAGES} and f.job_id = j.id and f.page is null
    returning f.id)
  update export.job j set pages = j.pages + 1
  where ${IN_PAGES}
    and (exists (select from listed)
         or j.state = 'completed'
            and (j.pages = 0 or exists (select from export.part p where p.job_id = j.id and p.failure is not null)))`;
