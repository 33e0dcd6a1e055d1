const IN_PAGES = `j.id = $1 and coalesce((j.parameters ->> 'partialManifests')::boolean, false)`;

/** Lists files and counts the page in one statement, so that no file is on two pages. */
export const NEXT_PAGE = `
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
