import { Injectable } from '@nestjs/common';

import { passingFilters } from './filters';
import type { ExportScope, ResourceExtractor, View } from './resource-extractor';
import { changed, literal } from './sql';

/**
 * The group that is exported, as it was when its cohort was frozen. Other groups are never given,
 * though members may be in them: that somebody is on a list is not part of their record.
 */
@Injectable()
export class GroupExtractor implements ResourceExtractor {
  readonly type = 'Group';
  readonly byDefault = true;
  readonly divisible = false;

  select(scope: ExportScope, { columns, only }: View = { columns: 'v.content' }): string {
    const also = only === undefined ? '' : ` and ${only}`;
    return `select ${columns} from export.cohort_group v
      where v.job_id = ${literal(scope.jobId)}${changed('v.last_updated', scope)}${also}${passingFilters(this.type, scope, columns)}`;
  }
}
