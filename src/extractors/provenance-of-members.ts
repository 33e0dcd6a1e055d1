import type { ExportScope } from './resource-extractor';
import {
  listedTypes,
  type Membership,
  ofCohort,
  type SinceScope,
  slotOfId,
  slotsOf,
  targetValidAt,
  time,
} from './sql';

/**
 * SQL of the ids of Provenance of members, as of `transactionTime`. Each part gives its own share of them.
 * For whole exports: it joins all that there is.
 */
export function provenanceOfMembers(scope: ExportScope): string {
  const share = slotsOf(slotOfId('t.provenance_id'), scope);
  return provenanceOf(scope, scope.transactionTime, { columns: 't.provenance_id', share });
}

/** SQL of `provenance_id, patient_id`, for the members of the part's share of the cohort. */
export function provenanceByMember(
  scope: ExportScope,
  instant: string,
  which?: Membership,
): string {
  const columns = 't.provenance_id, m.patient_id';
  return provenanceOf(scope, instant, { columns, of: which, share: slotsOf('m.slot', scope) });
}

/**
 * A target counts as it was at the instant: deleted or moved ones bring nothing along. The share is cut
 * here, before the joins, so that each part joins its own targets only.
 */
function provenanceOf(
  scope: ExportScope,
  instant: string,
  wanted: {
    readonly columns: string;
    readonly of?: Membership | undefined;
    readonly share: string;
  },
): string {
  const types = listedTypes(scope.provenanceOf);
  const valid = `t.target_type in (${types}) and ${targetValidAt(instant)}${wanted.share}`;
  return owners(instant)
    .map(
      ({ relation, at }) => `
    select ${wanted.columns} from clinical.provenance_target t
    join ${relation} o on o.type = t.target_type and o.type in (${types}) and o.id = t.target_id
    ${ofCohort('o.patient_id', scope, wanted.of)}
    where ${valid} and ${at}`,
    )
    .join('\nunion\n');
}

/**
 * Condition: the Provenance `id` was about somebody of the cohort at an instant. For few of them: each is
 * looked at by itself, which `offset 0` keeps PostgreSQL to.
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
      ${ofCohort('o.patient_id', scope, which)}
      where o.type = t.target_type and o.id = t.target_id and ${at}
      offset 0)`,
  );
  return `exists (
    select from clinical.provenance_target t
    where t.provenance_id = ${id} and t.target_type in (${listedTypes(scope.provenanceOf)})
      and ${targetValidAt(instant)} and (${owned.join('\n        or ')})
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
  const share = slotsOf(slotOfId('t.provenance_id'), scope);
  const valid = `${targetValidAt(scope.transactionTime)}${share}`;
  const newcomers = ofCohort('o.patient_id', scope, 'newcomers');
  const through = (owner: Owner, which: string, condition: string): string => `
    select t.provenance_id from ${owner.relation} o ${which}
    join clinical.provenance_target t on t.target_type = o.type and t.target_id = o.id
    where o.type in (${types}) and ${owner.at} and ${valid}${condition}`;
  return [
    `select t.provenance_id from clinical.provenance_target t
     where t.target_type in (${types}) and t.valid_from > ${since} and ${valid}`,
    ...owners(scope.transactionTime).flatMap((owner) => [
      through(owner, '', ` and o.${owner.from} > ${since}`),
      through(owner, newcomers, ''),
    ]),
  ].join('\nunion\n');
}

/** What tells whose a resource was at an instant. */
interface Owner {
  readonly relation: string;
  /** Condition on its rows `o`. */
  readonly at: string;
  /** The column that says since when. */
  readonly from: 'last_updated' | 'valid_from';
}

function owners(instant: string): readonly Owner[] {
  const t = time(instant);
  return [
    { relation: 'clinical.resource', at: `o.last_updated <= ${t}`, from: 'last_updated' },
    {
      relation: 'clinical.resource_history',
      at: `o.last_updated <= ${t} and o.superseded_at > ${t} and not o.deleted`,
      from: 'last_updated',
    },
    {
      relation: 'clinical.compartment',
      at: `o.valid_from <= ${t} and o.valid_to > ${t}`,
      from: 'valid_from',
    },
  ];
}
