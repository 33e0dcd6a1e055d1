import { type AppPrincipal, mayUseGroup } from '../auth';
import type { JobRecord } from './persistence/job-record';

/** Whether the app may have the export now: a licence can be withdrawn after the kick-off. */
export function isLicensed(
  app: AppPrincipal,
  { target, parameters }: Pick<JobRecord, 'target' | 'parameters'>,
): boolean {
  if (target.level !== 'group') return app.licence.allGroups;
  return mayUseGroup(app, { id: target.groupId, owner: parameters.groupOwner });
}
