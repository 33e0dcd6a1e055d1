import type { SweptPart } from '../persistence/sweep-records.service';
import { attemptOf, isErrorFileKey } from '../storage-keys';

/**
 * Tells which keys nobody needs: those of attempts that were overtaken, failed, or died. Attempts that
 * began after the records were read are left alone, so a file may be listed before that or after.
 */
export function orphanedKeys(parts: readonly SweptPart[]): (key: string) => boolean {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const committed = new Set(parts.flatMap((part) => part.files));
  return (key) => {
    if (committed.has(key) || isErrorFileKey(key)) return false;
    const attempt = attemptOf(key);
    const part = attempt && byId.get(attempt.partId);
    // No attempt's, or of a part that there is not: of whom it is, nobody can tell.
    if (!part) return true;
    if (attempt.fence !== part.fence) return attempt.fence < part.fence;
    return part.state !== 'running';
  };
}
