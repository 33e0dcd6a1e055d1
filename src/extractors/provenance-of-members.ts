import { existsAt, validAt } from '../clinical-data';
import { bucketOfId, inBuckets, isInCohort, joinCohort, type Membership } from '../cohort';
import { time } from '../database';
import { isSmallCohort } from './cohort-size';
import type { ExportScope } from './resource-extractor';
import { listedTypes, type SinceScope } from './sql';

/** Ids that are looked up together. */
const LIST = 65_536;

/**
 * SQL of the ids of Provenance of members, as of `transactionTime`. Each part gives its own share of them.
 * Unless the members are few it joins all that there is.
 */
export function provenanceOfMembers(scope: ExportScope): string {
  const share = inBuckets(bucketOfId('t.provenance_id'), scope.cohort);
  const wanted = { columns: 't.provenance_id', share };
  const [version, compartment] = owners(scope.transactionTime);
  if (!isSmallCohort(scope.plan)) return provenanceOf(scope, scope.transactionTime, wanted);
  return [
    ofLists(scope, version, share),
    through(scope, scope.transactionTime, wanted, compartment),
  ].join(UNION);
}

/**
 * Of what the members have the ids are gathered in lists, each of which PostgreSQL looks up in the order
 * of the index: that takes half of what it takes id by id. A list has an end, so that memory has.
 */
function ofLists(scope: ExportScope, { relation, at }: Owner, share: string): string {
  return `
    select t.provenance_id from (
      select o.type, array_agg(o.id) as ids from (
        select o.type, o.id, (row_number() over () - 1) / ${LIST} as list
        from ${relation} o
        ${joinCohort('o.patient_id', scope.cohort)}
        where o.type in (${listedTypes(scope.provenanceOf)}) and ${at}) o
      group by o.type, o.list) o
    cross join lateral (
      select t.provenance_id from clinical.provenance_target t
      where t.target_type = o.type and t.target_id = any (o.ids)
        and ${validAt('t', time(scope.transactionTime))}${share}
      offset 0) t`;
}

/** SQL of `provenance_id, patient_id`, for the members of the part's share of the cohort. */
export function provenanceByMember(
  scope: ExportScope,
  instant: string,
  which?: Membership,
): string {
  const columns = 't.provenance_id, m.patient_id';
  return provenanceOf(scope, instant, {
    columns,
    of: which,
    share: inBuckets('m.slot', scope.cohort),
  });
}

interface Wanted {
  readonly columns: string;
  readonly of?: Membership | undefined;
  /** `and …` on a target `t` or a member `m`. */
  readonly share: string;
}

function provenanceOf(scope: ExportScope, instant: string, wanted: Wanted): string {
  return owners(instant)
    .map((owner) => through(scope, instant, wanted, owner))
    .join(UNION);
}

/**
 * A SELECT of what one kind of owner leads to. A target counts as it was at the instant: deleted or moved
 * ones bring nothing along. The share is cut before the joins, so that each part joins its own targets only.
 */
function through(
  scope: ExportScope,
  instant: string,
  wanted: Wanted,
  { relation, at }: Owner,
): string {
  const types = listedTypes(scope.provenanceOf);
  return `
    select ${wanted.columns} from clinical.provenance_target t
    join ${relation} o on o.type = t.target_type and o.type in (${types}) and o.id = t.target_id
    ${joinCohort('o.patient_id', scope.cohort, wanted.of)}
    where t.target_type in (${types}) and ${validAt('t', time(instant))}${wanted.share} and ${at}`;
}

/**
 * Condition: the Provenance `id` was about somebody of the cohort at an instant. Each is looked at by
 * itself until one member is found: for few of them, or where nearly all are. `offset 0` keeps PostgreSQL
 * to that order, however many members it takes the cohort for.
 */
export function isAboutMembers(
  id: string,
  scope: ExportScope,
  instant = scope.transactionTime,
  which?: Membership,
): string {
  const owned = owners(instant).map(
    ({ relation, at }) => `exists (
      select from ${relation} o
      where o.type = t.target_type and o.id = t.target_id and ${at}
        and ${isInCohort('o.patient_id', scope.cohort, which)}
      offset 0)`,
  );
  return `exists (
    select from clinical.provenance_target t
    where t.provenance_id = ${id} and t.target_type in (${listedTypes(scope.provenanceOf)})
      and ${validAt('t', time(instant))} and (${owned.join('\n        or ')})
    offset 0)`;
}

/**
 * SQL of ids of Provenance that was about somebody of the cohort at `transactionTime`, and perhaps was
 * not, of those who were there, at `since`. If neither the target, nor whose it is, nor the cohort has
 * changed since then, it was: what has changed is few beside everything.
 */
export function newlyAboutMembers(scope: SinceScope): string {
  const since = time(scope.since);
  const types = listedTypes(scope.provenanceOf);
  const share = inBuckets(bucketOfId('t.provenance_id'), scope.cohort);
  const valid = `${validAt('t', time(scope.transactionTime))}${share}`;
  const newcomers = joinCohort('o.patient_id', scope.cohort, 'newcomers');
  const from = (owner: Owner, which: string, condition: string): string => `
    select t.provenance_id from ${owner.relation} o ${which}
    join clinical.provenance_target t on t.target_type = o.type and t.target_id = o.id
    where o.type in (${types}) and ${owner.at} and ${valid}${condition}`;
  return [
    `select t.provenance_id from clinical.provenance_target t
     where t.target_type in (${types}) and t.valid_from > ${since} and ${valid}`,
    ...owners(scope.transactionTime).flatMap((owner) => [
      from(owner, '', ` and o.valid_from > ${since}`),
      from(owner, newcomers, ''),
    ]),
  ].join(UNION);
}

const UNION = '\nunion\n';

/** What tells whose a resource was at an instant. */
interface Owner {
  readonly relation: string;
  /** Condition on its rows `o`. */
  readonly at: string;
}

function owners(instant: string): readonly [version: Owner, compartment: Owner] {
  const t = time(instant);
  return [
    { relation: 'clinical.version', at: existsAt('o', t) },
    { relation: 'clinical.compartment', at: validAt('o', t) },
  ];
}
