import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { FhirError } from '../common';
import { queryUnlogged } from '../database';
import type { GroupRecord, SqlQuery } from './group';
import type { GivenCohort } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';

/** What the rest of the service asks about groups. It knows nothing of licences. */
@Injectable()
export class GroupDirectory {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: MembershipSourceRegistry,
  ) {}

  /** The group as it is now, or undefined when there is none. */
  async find(id: string): Promise<GroupRecord | undefined> {
    const [group] = await this.dataSource.query<GroupRecord[]>(FIND, [id]);
    return group;
  }

  /** Whether there was such a group at an instant. */
  async existed(id: string, at: string): Promise<boolean> {
    const [version] = await this.dataSource.query<{ deleted: boolean }[]>(VERSION_AT, [id, at]);
    return version?.deleted === false;
  }

  /** @throws FhirError 422 for a group that cannot be resolved to members (GR-09) */
  async requireResolvable(group: GroupRecord): Promise<void> {
    await this.sources.of(group).cohort(group.id, 'infinity');
  }

  /**
   * A query of the distinct `patient_id`s in the group at an instant; for an empty group of none.
   *
   * @param among as for MembershipSource.cohort
   * @throws FhirError 422 for a group that cannot be resolved to members (GR-09)
   */
  cohortQuery(group: GroupRecord, at: string, among?: string): Promise<SqlQuery> {
    return this.sources.of(group).cohort(group.id, at, among);
  }

  /**
   * Whether one of some patients is in one of the groups at an instant. Asks group by group and ends
   * with the first that has one; groups that do not exist, or cannot be resolved,
   * have none.
   *
   * @param patients SQL without parameters that yields `patient_id`
   */
  async haveMember(groupIds: readonly string[], patients: string, at: string): Promise<boolean> {
    for (const id of groupIds) {
      const group = await this.find(id);
      if (!group) continue;
      if (await this.hasMember(group, patients, at)) return true;
    }
    return false;
  }

  private async hasMember(group: GroupRecord, patients: string, at: string): Promise<boolean> {
    try {
      const { sql, parameters } = await this.sources.of(group).cohort(group.id, at, patients);
      const [row] = await queryUnlogged<{ found: boolean }>(
        this.dataSource,
        `select exists (${sql}) as found`,
        parameters,
      );
      return row?.found ?? false;
    } catch (error) {
      if (error instanceof FhirError) return false;
      throw error;
    }
  }

  /**
   * A query of `last_updated` and `content`, the FHIR Group as of an instant as JSON on one line. It
   * has one row, or none when the group did not exist then.
   *
   * @param cohort as for MembershipSource.resource
   * @throws FhirError as cohortQuery does
   */
  resourceQuery(group: GroupRecord, at: string, cohort?: GivenCohort): Promise<SqlQuery> {
    return this.sources.of(group).resource(group.id, at, cohort);
  }

  /** How many patients belong to the group at an instant. @throws FhirError as cohortQuery does */
  async count(group: GroupRecord, at: string): Promise<number> {
    const { sql, parameters } = await this.cohortQuery(group, at);
    const [row] = await queryUnlogged<{ count: string }>(
      this.dataSource,
      `select count(*) as count from (${sql}) cohort`,
      parameters,
    );
    return Number(row?.count);
  }
}

const FIND = `
  select id, name, source, version, last_updated::text as "lastUpdated"
  from groups.patient_group
  where id = $1 and not deleted`;

const VERSION_AT = `
  select deleted from groups.group_version
  where group_id = $1 and last_updated <= $2::timestamptz
  order by version desc
  limit 1`;
