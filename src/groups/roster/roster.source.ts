import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { type Config, CONFIG } from '../../config';
import type { SqlQuery } from '../group';
import { groupHead } from '../group-text';
import type {
  GivenCohort,
  GroupHeadAsked,
  MemberPage,
  MembershipSource,
} from '../membership-source';
import { PatientGroupRow } from '../patient-group.entity';
import { needsMembers } from '../search/shown-elements';
import { segmentMembers, segmentResource } from '../segment/segment-text';
import { behind, Populations } from './populations.service';
import { headNow, keptUntilText } from './roster-head.sql';
import { entryText } from './roster-text';
import {
  concerns,
  ENTRY_PAGE,
  entriesThatCount,
  membersOf,
  patientsFound,
  tallyOf,
} from './roster.sql';

/**
 * Members whom an app has named, by id or by identifier. Who they are is found anew whenever they are asked for, and
 * cut to whom the app may choose: an entry adds nobody by being there.
 */
@Injectable()
export class RosterSource implements MembershipSource {
  readonly kind = 'roster';

  constructor(
    private readonly populations: Populations,
    @InjectRepository(PatientGroupRow) private readonly groups: Repository<PatientGroupRow>,
    @Inject(CONFIG) private readonly config: Pick<Config, 'ownGroups'>,
  ) {}

  async cohort(groupId: string, at: string, among?: string): Promise<SqlQuery> {
    const entries = entriesThatCount(among === undefined ? undefined : concerns(among));
    const { sql, parameters } = await this.found(entries, [groupId, at]);
    const only = among === undefined ? '' : ` and patient_id in (${among})`;
    return { sql: `${membersOf(sql)}${only}`, parameters };
  }

  async resource(groupId: string, at: string, given?: GivenCohort): Promise<SqlQuery> {
    const cohort = given ? { sql: given.sql, parameters: [] } : await this.cohort(groupId, at);
    return segmentResource({ groupId, at, isSubset: given?.isSubset }, cohort);
  }

  async head(groupId: string, { now, shown }: GroupHeadAsked): Promise<SqlQuery> {
    const parts = { lastUpdated: '$2::timestamptz', shown };
    if (!needsMembers(shown)) {
      return {
        sql: headNow(groupHead('v', { ...parts, quantity: '0' })),
        parameters: [groupId, now],
      };
    }
    const { sql, parameters } = await this.found(entriesThatCount(), [groupId, now]);
    const text = groupHead('v', {
      ...parts,
      quantity: 'select members from tally',
      extension: `concat(${TALLY}, ',', ${keptUntilText(String(this.config.ownGroups.keptDays))})`,
    });
    return { sql: `with tally as materialized (${tallyOf(sql)}) ${headNow(text)}`, parameters };
  }

  async memberPage(groupId: string, page: MemberPage): Promise<SqlQuery> {
    const { at, after, limit, isForOwner = false } = page;
    if (!isForOwner) return segmentMembers(await this.cohort(groupId, at), page);
    const { sql, parameters } = await this.found('select system, value from page', [
      groupId,
      at,
      after,
      limit,
    ]);
    return {
      sql: `
        with page as materialized (${ENTRY_PAGE}), found as materialized (${sql})
        select count(*)::int as count,
               coalesce(string_agg(${entryText('e', 'f')}, ',' order by e.system, e.value), '') as text,
               coalesce((select system || ' ' || value from page order by system desc, value desc limit 1), '') as last
        from page e join found f using (system, value)`,
      parameters,
    };
  }

  /** As patientsFound, among those whom the group's keeper may choose. `$1` and `$2` as there. */
  private async found(
    entries: string,
    parameters: readonly [string, string, ...unknown[]],
  ): Promise<SqlQuery> {
    const [groupId, at] = parameters;
    const group = await this.groups.findOne({
      select: { id: true, owner: true },
      where: { id: groupId },
    });
    const population = await this.populations.of(group?.owner ?? '', at);
    if (population === undefined) return { sql: patientsFound(entries, undefined), parameters };
    return {
      sql: patientsFound(entries, behind(population.sql, parameters.length)),
      parameters: [...parameters, ...population.parameters],
    };
  }
}

/** Of entries that stand for nobody: how many are not known (or not to be chosen), how many stand for several. */
const TALLY = `(select concat(
    '{"url":"urn:ehr-bulk-data:unknown-members","valueUnsignedInt":', unknown,
    '},{"url":"urn:ehr-bulk-data:ambiguous-members","valueUnsignedInt":', ambiguous, '}') from tally)`;
