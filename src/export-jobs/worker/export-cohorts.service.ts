import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { type Cohort, deletedPatients, everyone, type Query } from '../../cohort';
import { FhirError } from '../../common';
import { Extraction } from '../../extractors';
import { GroupDirectory } from '../../groups';
import type { ExportTarget } from '../persistence/export-target';
import type { ClaimedJob } from '../persistence/plan-claims.service';
import { ANY_UP_TO } from '../persistence/plan-records.sql';
import { membersToName } from './members-to-name';

/** What the cohort of an export follows from. */
export type CohortJob = Pick<ClaimedJob, 'id' | 'target' | 'parameters'>;

/** Says whose data an export holds, as queries. */
@Injectable()
export class ExportCohorts {
  constructor(
    private readonly dataSource: DataSource,
    private readonly groups: GroupDirectory,
    private readonly extraction: Extraction,
  ) {}

  /** Undefined when the group is gone. */
  async of(job: CohortJob, at: string): Promise<Omit<Cohort, 'cohortBefore'> | undefined> {
    const { target, parameters } = job;
    const { types, provenanceOf, since, patients } = parameters;
    const deleted = since === undefined ? undefined : deletedPatients(since, at);
    if (target.level !== 'group') {
      const departed = deleted === undefined ? undefined : { sql: deleted, parameters: [] };
      return narrowed({ cohort: everyone(at), departed, group: undefined }, patients);
    }
    const group = await this.groups.find(target.groupId);
    if (!group) return undefined;
    const cohort = await this.groups.cohortQuery(group, at);
    const departed =
      since === undefined ? undefined : await this.groups.cohortQuery(group, since, deleted);
    // A large group's own resource takes a while to put together.
    const isGiven = [...types, ...provenanceOf].includes('Group');
    const named = membersToName(this.extraction, job, at);
    const resource = isGiven ? await this.groups.resourceQuery(group, at, named) : undefined;
    const own = resource && { id: group.id, ...resource, setting: named.setting };
    return narrowed({ cohort, departed, group: own }, patients);
  }

  /**
   * The cohort at `_since`, of whose members only changes are given. When it cannot be told who was in
   * a group then, nobody was: members get their whole record rather than half of it.
   */
  async before(job: CohortJob, transactionTime: string): Promise<Query | undefined> {
    const { since, deletionsUnknown } = job.parameters;
    // Of a time whose history is gone nobody can say who was there.
    if (since === undefined || deletionsUnknown || !(await this.continues(job.target, since)))
      return undefined;
    const at = since < transactionTime ? since : transactionTime;
    try {
      return (await this.of(job, at))?.cohort ?? NOBODY;
    } catch (error) {
      if (error instanceof FhirError) return NOBODY;
      throw error;
    }
  }

  /**
   * Whether an earlier export can have ended at `since`. A group that did not exist then was not
   * exported; to join it later is no news, or the first `_since` of a new group would mean nothing.
   */
  private continues(target: ExportTarget, since: string): Promise<boolean> {
    return target.level === 'group'
      ? this.groups.existed(target.groupId, since)
      : this.hasExportUpTo(since);
  }

  /** Whether any export showed the store as it was at an instant, or before. */
  private async hasExportUpTo(instant: string): Promise<boolean> {
    const [row] = await this.dataSource.query<{ found: boolean }[]>(ANY_UP_TO, [instant]);
    return row?.found ?? false;
  }
}

/** PR-50: of the patients who are asked for alone. */
function narrowed<T extends Pick<Cohort, 'cohort' | 'departed'>>(
  plan: T,
  patients: readonly string[] | undefined,
): T {
  if (patients === undefined) return plan;
  const only = ({ sql, parameters }: Query): Query => ({
    sql: `select c.patient_id from (${sql}) c where c.patient_id = any($${parameters.length + 1}::text[])`,
    parameters: [...parameters, patients],
  });
  return { ...plan, cohort: only(plan.cohort), departed: plan.departed && only(plan.departed) };
}

const NOBODY: Query = { sql: 'select null::text as patient_id where false', parameters: [] };
