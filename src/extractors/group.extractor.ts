import { Injectable } from '@nestjs/common';

import { frozenGroup } from '../cohort';
import { passingFilters } from './filters';
import type { ExportScope, ResourceExtractor, View } from './resource-extractor';
import { changed } from './sql';

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
    return `select ${columns} from (${frozenGroup(scope.cohort)}) v
      where true${changed('v.last_updated', scope)}${also}${passingFilters(this.type, scope, columns)}`;
  }
}
