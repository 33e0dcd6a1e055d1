import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';

import { FhirError } from '../../common';
import { queryUnlogged } from '../../database';
import type { SqlQuery } from '../group';
import { GroupVersionRow } from '../group-version.entity';
import { InvalidCriteriaError } from '../groups.errors';
import type {
  GivenCohort,
  GroupHeadAsked,
  MemberPage,
  MembershipSource,
} from '../membership-source';
import { PatientGroupRow } from '../patient-group.entity';
import { versionAsOf } from '../version-as-of';
import type { Criteria } from './criteria';
import { parseCriteria } from './parse-criteria';
import { type FoundRow, segmentFound } from './segment-found';
import { segmentQuery } from './segment-query';
import { segmentHead, segmentMembers, segmentResource } from './segment-text';

/** The groups that a search may find at all. */
export interface VisibleGroups {
  /** All stands for those that operators keep. */
  readonly licensed: 'all' | readonly string[];
  /** An app, whose own are visible too. */
  readonly keptBy: string | undefined;
}

/**
 * Members that follow from criteria, as segments of Veradigm EHR's reporting do: found anew whenever
 * they are asked for, in the clinical store as it was at the instant.
 */
@Injectable()
export class SegmentSource implements MembershipSource {
  readonly kind = 'segment';

  constructor(
    @InjectRepository(PatientGroupRow) private readonly groups: Repository<PatientGroupRow>,
    @InjectRepository(GroupVersionRow) private readonly versions: Repository<GroupVersionRow>,
  ) {}

  async cohort(groupId: string, at: string, among?: string): Promise<SqlQuery> {
    const version = await versionAsOf(this.versions, groupId, at);
    const criteria = criteriaOf(groupId, version?.criteria);
    return criteria === undefined ? NOBODY : segmentQuery(criteria, at, among);
  }

  async resource(groupId: string, at: string, given?: GivenCohort): Promise<SqlQuery> {
    const cohort = given ? { sql: given.sql, parameters: [] } : await this.cohort(groupId, at);
    return segmentResource({ groupId, at, isSubset: given?.isSubset }, cohort);
  }

  head(groupId: string, asked: GroupHeadAsked): Promise<SqlQuery> {
    return Promise.resolve(segmentHead(groupId, asked));
  }

  async memberPage(groupId: string, page: MemberPage): Promise<SqlQuery> {
    return segmentMembers(await this.present(groupId, page.at), page);
  }

  /** Who is in a segment at an instant, by its present criteria: the first `limit` by id, and how many. */
  async find(groupId: string, at: string, limit: number): Promise<FoundRow> {
    const criteria = await this.criteria(groupId);
    if (criteria === undefined) return { count: 0, ids: [], until: null };
    const { sql, parameters } = segmentFound(criteria, at, limit);
    const [row] = await queryUnlogged<FoundRow>(this.groups.manager, sql, parameters);
    if (row === undefined) throw new Error('The evaluation gave no row.');
    return row;
  }

  /** How many patients such a segment would have. @throws InvalidCriteriaError */
  async count(criteria: unknown, at: string): Promise<number> {
    const { sql, parameters } = segmentQuery(parseCriteria(criteria), at);
    const [row] = await queryUnlogged<{ count: string }>(
      this.groups.manager,
      `select count(*) as count from (${sql}) segment`,
      parameters,
    );
    return Number(row?.count);
  }

  /** The segments that can be evaluated, among those that may be seen. */
  async list({
    licensed,
  }: VisibleGroups): Promise<readonly { readonly id: string; readonly criteria: Criteria }[]> {
    const seen = licensed === 'all' ? {} : { id: In(licensed) };
    const segments = await this.groups.find({
      select: { id: true, criteria: true },
      where: { source: 'segment', deleted: false, ...seen },
    });
    return segments.flatMap(({ id, criteria }) => {
      try {
        return [{ id, criteria: parseCriteria(criteria) }];
      } catch (error) {
        // Nobody can be found in it; reading it says why.
        if (error instanceof InvalidCriteriaError) return [];
        throw error;
      }
    });
  }

  /** With the criteria as they are now: a clock that is a little late does not hide them. */
  private async present(groupId: string, at: string): Promise<SqlQuery> {
    const criteria = await this.criteria(groupId);
    return criteria === undefined ? NOBODY : segmentQuery(criteria, at);
  }

  /** Undefined when there is no such segment. */
  private async criteria(groupId: string): Promise<Criteria | undefined> {
    const group = await this.groups.findOne({
      select: { id: true, criteria: true },
      where: { id: groupId, deleted: false },
    });
    return criteriaOf(groupId, group?.criteria);
  }
}

/** @throws FhirError 422 for criteria that this release cannot evaluate (GR-09) */
function criteriaOf(groupId: string, criteria: unknown): Criteria | undefined {
  if (criteria === undefined || criteria === null) return undefined;
  try {
    return parseCriteria(criteria);
  } catch (error) {
    if (!(error instanceof InvalidCriteriaError)) throw error;
    throw new FhirError(
      `The criteria of group ${groupId} cannot be evaluated, so it has no members to export. Have the operator correct them: ${error.message}`,
      { status: 422, code: 'not-supported', expression: ['Group'], cause: error },
    );
  }
}

const NOBODY: SqlQuery = { sql: 'select null::text as patient_id where false', parameters: [] };
