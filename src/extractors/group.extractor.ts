import { Injectable } from '@nestjs/common';

import type { ExportScope, ResourceExtractor } from './resource-extractor';
import { literal, time } from './sql';

/**
 * The group that is exported, as it was when its cohort was frozen. Other groups are never given,
 * though members may be in them: that somebody is on a list is not part of their record.
 */
@Injectable()
export class GroupExtractor implements ResourceExtractor {
  readonly type = 'Group';
  readonly byDefault = true;
  readonly divisible = false;

  select(scope: ExportScope): string {
    const since = scope.since === undefined ? '' : ` and g.last_updated > ${time(scope.since)}`;
    return `select g.content from export.cohort_group g where g.job_id = ${literal(scope.jobId)}${since}`;
  }
}
