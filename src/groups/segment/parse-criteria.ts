import { formatMicroseconds, parseInstant } from '@app/fhir';

import { InvalidCriteriaError } from '../groups.errors';
import { checkCriteria } from './check-criteria';
import {
  type ClinicalStatus,
  type Code,
  type Criteria,
  type EncounterStart,
  type Gender,
  isBounded,
  PRACTITIONER_TIES,
  type PractitionerTie,
} from './criteria';

/** Criteria as JSON, in the form that criteria-schema.ts describes: one of the members. */
interface CriteriaJson {
  readonly and?: readonly CriteriaJson[];
  readonly or?: readonly CriteriaJson[];
  readonly not?: CriteriaJson;
  readonly everyone?: true;
  readonly age?: { readonly min?: number; readonly max?: number };
  readonly gender?: OneOrMore<Gender>;
  readonly deceased?: boolean;
  readonly condition?: {
    readonly code: OneOrMore<string>;
    readonly clinicalStatus?: OneOrMore<ClinicalStatus>;
  };
  readonly encounter?: { readonly since?: string; readonly withinDays?: number };
  readonly practitioner?: {
    readonly reference: string;
    readonly as?: OneOrMore<PractitionerTie>;
  };
}

type OneOrMore<T> = T | readonly T[];

/**
 * Reads criteria as an operator writes them and as they are stored.
 *
 * @throws InvalidCriteriaError naming the place
 */
export function parseCriteria(value: unknown): Criteria {
  checkCriteria(value);
  const criteria = criterion(value as CriteriaJson, 'criteria'); // it has been checked
  if (isBounded(criteria)) return criteria;
  throw new InvalidCriteriaError(
    'criteria',
    'hold nothing that must be true of a member, so that almost everybody would be one; say {"everyone":true} in an "and" if that is meant',
  );
}

function criterion(json: CriteriaJson, path: string): Criteria {
  if (json.and) return { kind: 'and', of: list(json.and, `${path}.and`) };
  if (json.or) return { kind: 'or', of: list(json.or, `${path}.or`) };
  if (json.not) return { kind: 'not', of: criterion(json.not, `${path}.not`) };
  if (json.age) return age(json.age, `${path}.age`);
  if (json.gender) return { kind: 'gender', anyOf: each(json.gender) };
  if (json.deceased !== undefined) return { kind: 'deceased', value: json.deceased };
  if (json.condition) return condition(json.condition);
  if (json.encounter) return { kind: 'encounter', from: start(json.encounter, path) };
  if (json.practitioner) {
    const { reference, as } = json.practitioner;
    return { kind: 'practitioner', reference, as: as === undefined ? PRACTITIONER_TIES : each(as) };
  }
  return { kind: 'everyone' };
}

function list(criteria: readonly CriteriaJson[], path: string): readonly Criteria[] {
  return criteria.map((one, index) => criterion(one, `${path}[${index}]`));
}

function age({ min, max }: NonNullable<CriteriaJson['age']>, path: string): Criteria {
  if (max === undefined && (min === undefined || min === 0)) {
    throw new InvalidCriteriaError(path, 'needs min above 0, or max');
  }
  if (min !== undefined && max !== undefined && min > max) {
    throw new InvalidCriteriaError(path, 'has a min above its max');
  }
  return { kind: 'age', min, max };
}

function condition({ code, clinicalStatus }: NonNullable<CriteriaJson['condition']>): Criteria {
  return {
    kind: 'condition',
    codes: each(code).map(readCode),
    clinicalStatus: clinicalStatus === undefined ? undefined : each(clinicalStatus),
  };
}

function readCode(text: string): Code {
  const at = text.indexOf('|');
  return { system: text.slice(0, at), code: text.slice(at + 1) };
}

/** A date counts from its first instant on, in UTC. */
function start(
  { since, withinDays }: NonNullable<CriteriaJson['encounter']>,
  path: string,
): EncounterStart {
  if (since === undefined) return { withinDays: withinDays ?? 0 };
  const parsed = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(since) ? `${since}T00:00:00Z` : since);
  if (parsed !== undefined) return { since: formatMicroseconds(parsed) };
  throw new InvalidCriteriaError(
    `${path}.encounter.since`,
    'must be a date such as 2026-01-31, or an instant with its zone',
  );
}

/** Each once. */
function each<T extends string>(values: OneOrMore<T>): readonly T[] {
  return [...new Set(typeof values === 'string' ? [values] : values)];
}
