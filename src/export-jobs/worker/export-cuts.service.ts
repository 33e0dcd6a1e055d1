import { Inject, Injectable } from '@nestjs/common';

import { type CohortBucket, CohortEstimates, type TypeEstimate } from '../../cohort';
import { type Config, CONFIG } from '../../config';
import { Extraction, PART_READER, type PartReader } from '../../extractors';
import type { ClaimedJob } from '../persistence/plan-claims.service';
import type { Cut } from '../persistence/plan-records.service';
import { cutBlocks, cutParts, DELETED_PART } from './cut-parts';
import { scopeOfAll } from './part-scope';

/** Cuts exports into parts, given their frozen cohorts. */
@Injectable()
export class ExportCuts {
  constructor(
    private readonly extraction: Extraction,
    private readonly estimates: CohortEstimates,
    @Inject(PART_READER) private readonly reader: PartReader,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Into nothing when there is nothing to export. */
  async of(job: ClaimedJob, cohort: readonly CohortBucket[]): Promise<Cut> {
    const { target, parameters } = job;
    const { types, since, organizeBy, deletionsUnknown } = parameters;
    const deleted = since === undefined || deletionsUnknown ? [] : [DELETED_PART];
    // An empty group exports nothing (GR-08), but for what has become of those who were in it.
    if (cohort.length === 0 && target.level !== 'system') return { parts: deleted };
    const estimated = this.extraction.estimated(types);
    const { estimates, share } =
      target.level === 'system'
        ? { estimates: await this.estimates.ofStore(estimated), share: undefined }
        : await this.estimates.of(estimated, cohort, since);
    const partBytes = this.config.export.partTargetBytes;
    const parts = organizeBy
      ? cutBlocks(estimates, partBytes)
      : cutParts(await this.asRead(job, estimates), partBytes);
    return { parts: [...parts, ...deleted], cohortShare: share };
  }

  /** Types that are read sooner in one part are not divided. */
  private asRead(
    job: ClaimedJob,
    estimates: readonly TypeEstimate[],
  ): Promise<readonly TypeEstimate[]> {
    return Promise.all(
      estimates.map(async (estimate) => {
        const isOne = await this.reader.prefersOnePart(estimate, scopeOfAll(job, estimate.type));
        return isOne ? { ...estimate, divisible: false } : estimate;
      }),
    );
  }
}
