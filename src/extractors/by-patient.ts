import type { ResourceType } from '@app/fhir';

import { validAt } from '../clinical-data';
import { joinMembers } from '../cohort';
import { time } from '../database';
import type { CatalogEntry } from './resource-catalog';
import type { ExportScope } from './resource-extractor';
import { asOf, hasSince, unchanged } from './sql';

/** Resources that belong to members, once for each member `m.patient_id`. */
interface Belonging {
  readonly join: string;
  readonly where: string;
  /** Condition: it belongs to the member only since `scope.since`. */
  readonly isNew: string;
}

/** See ResourceExtractor.byPatient, for a type that its catalog row describes. */
export function byPatient(
  type: ResourceType,
  { kind }: CatalogEntry,
  scope: ExportScope,
  columns: string,
): string {
  const own = {
    join: joinMembers('v.patient_id', scope.cohort),
    where: 'true',
    isNew: 'm.newcomer',
  };
  const belongings = {
    patient: [own, furtherCompartments(scope)],
    linked: [linked(scope)],
    'owned-or-linked': [own, linked(scope)],
    custom: [],
  }[kind];
  return belongings
    .map((belonging) => selectOf(type, scope, belonging, columns))
    .join('\nunion all\n');
}

/**
 * What has changed, and what has come into a block without a change (PR-13): a client that keeps what
 * blocks hold of each patient misses nothing, whatever other blocks hold.
 */
function selectOf(
  type: ResourceType,
  scope: ExportScope,
  { join, where, isNew }: Belonging,
  columns: string,
): string {
  const changed = asOf(type, scope, where, { columns, join });
  if (!hasSince(scope)) return changed;
  const added = unchanged(type, scope, `${where} and ${isNew}`, { columns, join });
  return `${changed}\nunion all\n${added}`;
}

function furtherCompartments(scope: ExportScope): Belonging {
  const valid = validAt('c', time(scope.transactionTime));
  const join = `
    join clinical.compartment c on c.type = v.type and c.id = v.id and ${valid}
    ${joinMembers('c.patient_id', scope.cohort)}`;
  return { join, where: 'c.patient_id is distinct from v.patient_id', isNew: 'm.newcomer' };
}

function linked(scope: ExportScope): Belonging {
  const valid = validAt('l', time(scope.transactionTime));
  const join = `
    join clinical.link l on l.target_type = v.type and l.target_id = v.id and ${valid}
    ${joinMembers('l.patient_id', scope.cohort)}`;
  const isNew = hasSince(scope)
    ? `(m.newcomer or l.valid_from > ${time(scope.since)})`
    : 'm.newcomer';
  return { join, where: 'v.patient_id is null', isNew };
}
