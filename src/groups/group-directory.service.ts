import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';

import { FhirError } from '../common';
import { queryUnlogged } from '../database';
import type { GroupRecord, SqlQuery } from './group';
import { GroupVersionRow } from './group-version.entity';
import type { GivenCohort } from './membership-source';
import { MembershipSourceRegistry } from './membership-source.registry';
import { PatientGroupRow } from './patient-group.entity';
import { NOTE_EXPORT } from './roster/roster-use.sql';
import { versionAsOf } from './version-as-of';

/** What the rest of the service asks about groups. It knows nothing of licences. */
@Injectable()
export class GroupDirectory {
  constructor(
    @InjectRepository(PatientGroupRow) private readonly groups: Repository<PatientGroupRow>,
    @InjectRepository(GroupVersionRow) private readonly versions: Repository<GroupVersionRow>,
    private readonly sources: MembershipSourceRegistry,
  ) {}

  /** The group as it is now, or undefined when there is none. */
  async find(id: string): Promise<GroupRecord | undefined> {
    const group = await this.groups.findOne({
      select: { id: true, name: true, source: true, version: true, owner: true },
      where: { id, deleted: false },
    });
    return group ?? undefined;
  }

  /** The ids of the groups that an app keeps. */
  async keptBy(appId: string): Promise<readonly string[]> {
    const groups = await this.groups.find({
      select: { id: true },
      where: { owner: appId, deleted: false },
    });
    return groups.map(({ id }) => id);
  }

  /** Notes that somebody exports a group of an app: unused ones end. Nothing for others. */
  async noteExport(id: string, manager: EntityManager): Promise<void> {
    await manager.query(NOTE_EXPORT, [id]);
  }

  /** Whether there was such a group at an instant. */
  async existed(id: string, at: string): Promise<boolean> {
    return (await versionAsOf(this.versions, id, at)) !== undefined;
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
        this.groups.manager,
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
      this.groups.manager,
      `select count(*) as count from (${sql}) cohort`,
      parameters,
    );
    return Number(row?.count);
  }
}
