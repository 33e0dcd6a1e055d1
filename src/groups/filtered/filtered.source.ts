import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { type Config, CONFIG } from '../../config';
import type { SqlQuery } from '../group';
import { groupHead } from '../group-text';
import { GroupVersionRow } from '../group-version.entity';
import type {
  GivenCohort,
  GroupHeadAsked,
  MemberPage,
  MembershipSource,
} from '../membership-source';
import { behind, Populations } from '../roster/populations.service';
import { headNow, keptUntilText } from '../roster/roster-head.sql';
import { RosterSource } from '../roster/roster.source';
import { needsMembers } from '../search/shown-elements';
import { segmentMembers, segmentResource } from '../segment/segment-text';
import { versionAsOf } from '../version-as-of';
import { filteredMembers } from './filtered-members.sql';
import { type MemberCriteria, parsed } from './member-filter';

/**
 * Members of whom an app has said what their records hold, by searches. Who they are is found anew whenever they
 * are asked for, as of the instant, among those whom the app may choose.
 */
@Injectable()
export class FilteredSource implements MembershipSource {
  readonly kind = 'filtered';

  constructor(
    private readonly populations: Populations,
    private readonly rosters: RosterSource,
    @InjectRepository(GroupVersionRow) private readonly versions: Repository<GroupVersionRow>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'http' | 'ownGroups'>,
  ) {}

  async cohort(groupId: string, at: string, among?: string): Promise<SqlQuery> {
    const version = await versionAsOf(this.versions, groupId, at);
    return this.found(groupId, version?.criteria, { at, among });
  }

  async resource(groupId: string, at: string, given?: GivenCohort): Promise<SqlQuery> {
    const cohort = given ? { sql: given.sql, parameters: [] } : await this.cohort(groupId, at);
    return segmentResource(
      { groupId, at, isSubset: given?.isSubset, actual: 'select count(*) > 0 from cohort' },
      cohort,
    );
  }

  async head(groupId: string, { now, shown }: GroupHeadAsked): Promise<SqlQuery> {
    const extension = `concat(${keptUntilText(String(this.config.ownGroups.keptDays))})`;
    const parts = { lastUpdated: '$2::timestamptz', shown, extension };
    if (!needsMembers(shown)) {
      return {
        sql: headNow(groupHead('v', { ...parts, quantity: '0', actual: 'false' })),
        parameters: [groupId, now],
      };
    }
    const { sql, parameters } = await this.present(groupId, now);
    const actual = shown.has('member') ? 'select members > 0 from tally' : 'false';
    const quantity = 'select members from tally';
    const head = headNow(groupHead('v', { ...parts, quantity, actual }));
    return {
      sql: `with tally as materialized (select count(*) as members from (${behind(sql, 2)}) f) ${head}`,
      parameters: [groupId, now, ...parameters],
    };
  }

  async memberPage(groupId: string, page: MemberPage): Promise<SqlQuery> {
    return segmentMembers(await this.present(groupId, page.at), page);
  }

  /** With the filters as they are now: a clock that is a little late does not hide them. */
  private async present(groupId: string, at: string): Promise<SqlQuery> {
    const version = await versionAsOf(this.versions, groupId, 'infinity');
    return this.found(groupId, version?.criteria, { at, among: undefined });
  }

  private async found(
    groupId: string,
    stored: object | null | undefined,
    { at, among }: { readonly at: string; readonly among: string | undefined },
  ): Promise<SqlQuery> {
    const criteria = stored as MemberCriteria | null | undefined;
    if (!criteria) return NOBODY;
    const filters = criteria.memberFilters.map(parsed);
    const types = filters.map(({ type }) => type);
    const chosen = await this.populations.searched(groupId, at, { types, only: criteria.base });
    const population = criteria.ofMembers ? await this.rosters.cohort(groupId, at) : chosen;
    const { fhirBase } = this.config.http;
    return filteredMembers(filters, { at, fhirBase, population, among });
  }
}

const NOBODY: SqlQuery = { sql: 'select null::text as patient_id where false', parameters: [] };
