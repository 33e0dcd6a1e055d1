import { instant } from '../group-text';
import { keptUntil } from './roster-use.sql';

/** The head of a group that an app keeps, as it is now. `$1` is the group, `$2` now. @param text SQL of the head */
export const headNow = (text: string): string => `
  select v.version, $2::timestamptz::text as last_updated, ${text} as text
  from groups.patient_group g
  join groups.group_version v on v.group_id = g.id and v.version = g.version
  where g.id = $1 and not g.deleted`;

/** SQL of the extension that says when the group ends unless it is used before; the comma before it is not part. */
export const keptUntilText = (days: string): string =>
  `'{"url":"urn:ehr-bulk-data:kept-until","valueDateTime":"', ${instant(keptUntil(days))}, '"}'`;
