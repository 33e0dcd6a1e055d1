import { isFhirId, parseReference } from '@app/fhir';

import { type FhirError, invalidParameter } from '../../common';
import { periodBound } from '../period-bound';
import { BY_ID, type RosterEntry } from './roster-entry';

export type Json = Readonly<Record<string, unknown>>;

/** Where something stands, as FHIRPath, and the base URL of this server. */
export interface Place {
  readonly path: string;
  readonly fhirBase: string;
}

/** PostgreSQL keeps no NUL, and lines hold no line breaks. */
const PRINTABLE = /^[^\p{Cc}\p{Cs}]{1,1000}$/u;
const SYSTEM = /^[^\s\p{Cc}\p{Cs}]{1,1000}$/u;

/** A member of a Group. @throws FhirError 400 that names the place, never the value */
export function readMember(member: unknown, { path, fhirBase }: Place): RosterEntry {
  const { entity, period, inactive, ...others } = objectAt(member, path);
  requireNoOthers(others, ['id', 'extension'], path);
  if (inactive !== undefined && typeof inactive !== 'boolean') {
    throw fault(`${path}.inactive`, 'must be true or false');
  }
  return {
    ...readEntity(entity, { path: `${path}.entity`, fhirBase }),
    ...readPeriod(period, `${path}.period`),
    inactive,
  };
}

/** A Reference that names a Patient by `reference` or by `identifier`, which goes first. @throws as readMember */
export function readEntity(entity: unknown, { path, fhirBase }: Place): RosterEntry {
  const { reference, identifier } = objectAt(entity, path);
  if (identifier !== undefined) return readIdentifier(identifier, `${path}.identifier`);
  if (typeof reference === 'string')
    return { system: BY_ID, value: patientId(reference, { path, fhirBase }) };
  throw fault(
    path,
    'must have a reference, such as Patient/123, or an identifier with system and value',
  );
}

/** @throws as readMember */
export function readIdentifier(identifier: unknown, path: string): RosterEntry {
  const { system, value } = objectAt(identifier, path);
  if (typeof system !== 'string' || !SYSTEM.test(system)) {
    throw fault(
      `${path}.system`,
      'must be a URI of 1 to 1000 characters: members are found by system and value',
    );
  }
  if (typeof value !== 'string' || !PRINTABLE.test(value)) {
    throw fault(`${path}.value`, 'must be a text of 1 to 1000 printable characters');
  }
  return { system, value };
}

/** @throws as readMember */
export function readPeriod(
  period: unknown,
  path: string,
): Pick<RosterEntry, 'periodStart' | 'periodEnd'> {
  if (period === undefined) return {};
  const { start, end } = objectAt(period, path);
  const [periodStart, periodEnd] = [boundOf(start, 'start', path), boundOf(end, 'end', path)];
  if (periodStart !== undefined && periodEnd !== undefined && periodStart > periodEnd) {
    throw fault(path, 'must not end before it starts');
  }
  return { periodStart, periodEnd };
}

/** @throws as readMember */
export function objectAt(value: unknown, path: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw fault(path, 'must be an object');
}

/** What is not understood might narrow, or mean something else. @throws as readMember */
export function requireNoOthers(others: Json, ignored: readonly string[], path: string): void {
  const strange = Object.keys(others).find((name) => !ignored.includes(name));
  if (strange === undefined) return;
  throw fault(path, 'has an element that is not supported in groups of apps', 'not-supported');
}

export function fault(
  path: string,
  words: string,
  code: 'value' | 'not-supported' | 'required' = 'value',
): FhirError {
  return invalidParameter(path, `${path} ${words}.`, code);
}

function patientId(reference: string, { path, fhirBase }: Place): string {
  const found = parseReference(reference, [fhirBase]);
  const id = found?.type === 'Patient' && isFhirId(found.id) ? found.id : undefined;
  if (id !== undefined && reference.endsWith(`Patient/${id}`)) return id;
  throw fault(
    `${path}.reference`,
    'must name a Patient of this server, such as Patient/123, without a version',
  );
}

function boundOf(bound: unknown, end: 'start' | 'end', path: string): string | undefined {
  if (bound === undefined) return undefined;
  const instant = typeof bound === 'string' ? periodBound(bound, end) : undefined;
  if (instant !== undefined) return instant;
  throw fault(`${path}.${end}`, 'must be a date, or an instant with a time zone');
}
