import { type AppPrincipal, mayUseGroup } from '../auth';
import type { ExportTarget } from './persistence/export-target';

/** Whether the app may export the target now: a licence can be withdrawn after the kick-off. */
export function isLicensed(app: AppPrincipal, target: ExportTarget): boolean {
  return target.level === 'group' ? mayUseGroup(app, target.groupId) : app.licence.allGroups;
}
