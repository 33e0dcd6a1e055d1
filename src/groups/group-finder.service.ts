import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { Clock } from '../common';
import { queryUnlogged } from '../database';
import type { Bind, SearchContext } from './search/condition';
import type { GroupSearch } from './search/group-search';
import type { PageCursor } from './search/page-cursor';
import { SegmentSource, type VisibleGroups } from './segment/segment.source';

/** One page of a result: ids alone, in their order. */
export interface GroupPage {
  readonly total: number;
  readonly ids: readonly string[];
  readonly before: PageCursor | undefined;
  readonly after: PageCursor | undefined;
}

interface PageRow {
  readonly total: number;
  readonly ids: readonly string[];
  readonly has_before: boolean;
  readonly has_after: boolean;
}

/** Finds groups by what is known of them, a page at a time. */
@Injectable()
export class GroupFinder {
  constructor(
    private readonly dataSource: DataSource,
    private readonly segments: SegmentSource,
    private readonly clock: Clock,
  ) {}

  async find(search: GroupSearch, visible: VisibleGroups): Promise<GroupPage> {
    const parameters: unknown[] = [];
    const bind: Bind = (value) => `$${parameters.push(value)}`;
    const context = {
      now: this.clock.present().toISOString(),
      segments: search.byMember ? await this.segments.list(visible) : [],
    };
    const sql = pageQuery(search, visible, bind, context);
    const [row] = await queryUnlogged<PageRow>(this.dataSource, sql, parameters);
    if (row === undefined) throw new Error('The search gave no row.');
    const [first, last] = [row.ids[0], row.ids.at(-1)];
    return {
      total: row.total,
      ids: row.ids,
      before: row.has_before && first ? { direction: 'before', groupId: first } : undefined,
      after: row.has_after && last ? { direction: 'after', groupId: last } : undefined,
    };
  }
}

function pageQuery(
  search: GroupSearch,
  visible: VisibleGroups,
  bind: Bind,
  context: SearchContext,
): string {
  const conditions = [
    'not g.deleted',
    `(${isLicensed(visible, bind)} or coalesce(g.owner = ${bind(visible.keptBy ?? null)}::text, false))`,
    ...search.conditions.map((condition) => condition(bind, context)),
  ];
  return `
    with matching as (
      select g.id from groups.patient_group g where ${conditions.join(' and ')}
    ), page as (
      select id from matching ${position(search.page, bind)} limit ${bind(search.count)}
    )
    select (select count(*)::int from matching) as total,
           array(select id from page order by id) as ids,
           exists (select from matching where id < (select min(id) from page)) as has_before,
           exists (select from matching where id > (select max(id) from page)) as has_after`;
}

function isLicensed({ licensed }: VisibleGroups, bind: Bind): string {
  return licensed === 'all' ? 'g.owner is null' : `g.id = any(${bind(licensed)}::text[])`;
}

function position(page: PageCursor | undefined, bind: Bind): string {
  if (page === undefined) return 'order by id';
  return page.direction === 'after'
    ? `where id > ${bind(page.groupId)} order by id`
    : `where id < ${bind(page.groupId)} order by id desc`;
}
