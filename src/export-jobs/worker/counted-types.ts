import type { ResourceType } from '@app/fhir';

import type { ExportScope, Extraction } from '../../extractors';
import type { CountedType } from '../persistence/expected-counts';
import type { ClaimedPart } from '../persistence/job-record';
import type { ClaimedJob } from '../persistence/plan-claims.service';
import { scopeOfAll } from './part-scope';

/**
 * The statements that count what an export must hold, for its frozen cohort: one per type. Provenance of
 * members is not counted: whose it is takes as long to look up as to export it.
 *
 * @param continuesSince an earlier export can have ended at `_since`; the job's record does not say so yet
 */
export function countedTypes(
  extraction: Pick<Extraction, 'counted' | 'countedBlocks'>,
  job: ClaimedJob & Pick<ClaimedPart, 'transactionTime' | 'cohortShare'>,
  continuesSince: boolean,
): readonly CountedType[] {
  const { types, organizeBy } = job.parameters;
  const scopeOf = (type: ResourceType): ExportScope => {
    const scope = scopeOfAll(job, type, job);
    return { ...scope, cohort: { ...scope.cohort, continuesSince } };
  };
  if (organizeBy) {
    const blocks = { kind: 'blocks', types, scopeOf } as const;
    return [{ type: '*', statement: extraction.countedBlocks(blocks, scopeOf('Patient')) }];
  }
  return types
    .filter((type) => type !== 'Provenance' || job.target.level === 'system')
    .map((type) => ({ type, statement: extraction.counted(type, scopeOf(type)) }));
}
