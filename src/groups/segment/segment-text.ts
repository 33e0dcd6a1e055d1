import type { SqlQuery } from '../group';
import { groupHead } from '../group-text';
import type { GroupHeadAsked, MemberPage } from '../membership-source';
import type { ShownElements } from '../search/shown-elements';

/**
 * A segment as FHIR: `actual` is true, and the members are those of the instant at which it is read.
 * `meta.lastUpdated` is that instant, for the list is as new as that; `versionId` counts its criteria.
 */
export function segmentResource(
  { groupId, at, isSubset, actual }: SegmentAsOf,
  cohort: SqlQuery,
): SqlQuery {
  const [group, instant] = placeholders(cohort);
  return {
    sql: `
  with cohort as materialized (${cohort.sql})
  select ${instant}::timestamptz as last_updated, concat(${head(instant, { quantity: 'select count(*) from cohort', isSubset, actual })}, ',"member":[' || (
    select string_agg(${MEMBER}, ',' order by m.patient_id) from cohort m
  ) || ']', '}') as content
  from (
    select * from groups.group_version
    where group_id = ${group} and last_updated <= ${instant}::timestamptz
    order by version desc
    limit 1
  ) v
  where not v.deleted`,
    parameters: [...cohort.parameters, groupId, at],
  };
}

interface SegmentAsOf {
  readonly groupId: string;
  readonly at: string;
  readonly isSubset: boolean | undefined;
  /** SQL: as for groupHead; `cohort` is who is named. */
  readonly actual?: string;
}

export function segmentHead(groupId: string, { now, shown, count }: GroupHeadAsked): SqlQuery {
  return {
    sql: `
  select v.version, $2::timestamptz::text as last_updated, ${head('$2', { quantity: '$3::int', shown })} as text
  from groups.patient_group g
  join groups.group_version v on v.group_id = g.id and v.version = g.version
  where g.id = $1 and not g.deleted`,
    parameters: [groupId, now, ...(shown.has('quantity') ? [count ?? 0] : [])],
  };
}

export function segmentMembers(cohort: SqlQuery, { after, limit }: MemberPage): SqlQuery {
  const next = cohort.parameters.length + 1;
  return {
    sql: `
  select count(*)::int as count,
         coalesce(string_agg(${MEMBER}, ',' order by m.patient_id), '') as text,
         coalesce(max(m.patient_id), '') as last
  from (
    select c.patient_id from (${cohort.sql}) c
    where c.patient_id > $${next}
    order by c.patient_id
    limit $${next + 1}
  ) m`,
    parameters: [...cohort.parameters, after, limit],
  };
}

/** The same text, of members that are known. */
export function memberText(patientId: string): string {
  return `{"entity":{"reference":"Patient/${patientId}"}}`;
}

const MEMBER = `concat('{"entity":{"reference":"Patient/', m.patient_id, '"}}')`;

function head(
  instant: string,
  parts: {
    readonly quantity: string;
    readonly isSubset?: boolean | undefined;
    readonly actual?: string | undefined;
    readonly shown?: ShownElements;
  },
): string {
  return groupHead('v', {
    ...parts,
    lastUpdated: `${instant}::timestamptz`,
  });
}

/** Placeholders of what follows the cohort's own parameters. */
function placeholders({ parameters }: SqlQuery): readonly [group: string, instant: string] {
  return [`$${parameters.length + 1}`, `$${parameters.length + 2}`];
}
