import { type BulkClient } from '@app/smart-client';

import { connectedClient } from '../client';
import { settingsKept } from '../settings';
import { type Changes, changesText, exportChanges, keepSince, keptSince } from './changes';
import { changeEhr } from './ehr';

/** What `--once` changes, and what has to be in the next export for it. */
const LIVE = [
  {
    sql: "update ehr.patient set city = 'Shelbyville' where guid = 'patient-1'",
    isIn: ({ changed }: Changes) => changed.some((line) => line.startsWith('Patient/patient-1 ')),
  },
  {
    sql: "delete from ehr.note where guid = 'note-1'",
    isIn: ({ deleted }: Changes) => deleted.includes('DocumentReference/note-1'),
  },
] as const;

/** What people may do to the EHR of a demonstration that serves. */
export function invitationToChange(): string {
  return [
    'The EHR is followed. Change a row, and see it in the next export with _since:',
    `  npm run -s demo -- --changes --sql "${LIVE[0].sql}"`,
  ].join('\n');
}

/**
 * Changes rows of the EHR and shows them in the next export with `_since`.
 *
 * @returns whether all of them were there
 */
export async function showChanges(
  client: BulkClient,
  {
    ehr,
    since,
    signal,
  }: { readonly ehr: string; readonly since: string; readonly signal: AbortSignal },
): Promise<boolean> {
  for (const { sql } of LIVE) {
    await changeEhr(ehr, sql);
    console.log(`In the EHR: ${sql}`);
  }
  const changes = await exportChanges(client, since, signal);
  console.log(changesText(changes));
  const lost = LIVE.filter(({ isIn }) => !isIn(changes));
  for (const { sql } of lost) console.log(`CHECK FAILED: the export does not show: ${sql}`);
  return lost.length === 0;
}

/** `--sql` and `--changes`, beside a demonstration that is running. @throws Error when none is */
export async function changeRunningDemo(
  { sql, changes }: { readonly sql: string | undefined; readonly changes: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { FEED_DATABASE_URL: url } = await settingsKept();
  if (url === undefined)
    throw new Error('This demo follows no EHR: start it with --from-database.');
  if (sql !== undefined) console.log(`${await changeEhr(url, sql)} row(s) of the EHR.`);
  if (!changes) return;
  const found = await exportChanges(await connectedClient(), keptSince(), signal);
  keepSince(found.until);
  console.log(changesText(found));
}
