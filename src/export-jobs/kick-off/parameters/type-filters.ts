import { isR4ResourceType, type IssueCode, quoted, type ResourceType } from '@app/fhir';
import { UnsupportedSearchError } from '@app/fhir-search';

import { type FhirError, invalidParameter, REQUEST_LIMITS } from '../../../common';
import type { KickOffParameters } from './kick-off-parameters';
import type { LenientHandling } from './lenient-handling';

/** A FHIR search of one type (PR-70). */
export interface TypeFilter {
  readonly type: ResourceType;
  /** What follows the question mark. */
  readonly query: string;
}

/** @throws UnsupportedSearchError when a search of a type cannot be evaluated (PR-77, PR-79, PR-80) */
export type SearchCheck = (type: ResourceType, query: string) => void;

/** What filters are measured by. */
export interface FilterTerms {
  /** The types that are offered. */
  readonly resourceTypes: readonly ResourceType[];
  readonly checkSearch: SearchCheck;
}

const MAX_FILTERS = REQUEST_LIMITS.typeFilters;
/** 2.0 separates queries by commas, 3.0 has commas for OR alone: only a comma before `Type?` separates. */
const BETWEEN_QUERIES = /,(?=[A-Z][A-Za-z]*\?)/;

/**
 * The filters of `_typeFilter`. One that cannot be evaluated may be ignored if another one of its type
 * remains, or if its type is not exported: without its only filter a type would be given whole.
 */
export function readTypeFilters(
  given: KickOffParameters,
  types: readonly ResourceType[] | undefined,
  lenience: LenientHandling,
  terms: FilterTerms,
): readonly TypeFilter[] {
  const queries = given.of('_typeFilter').flatMap((value) => value.split(BETWEEN_QUERIES));
  if (queries.length > MAX_FILTERS) throw refusal(`holds more than ${MAX_FILTERS} queries`);
  const read = queries.map((query) => readFilter(query, terms));
  const filters = read.flatMap(({ filter }) => filter ?? []);
  for (const { type, fault } of read) {
    if (fault === undefined) continue;
    if (type === undefined || isLeftWithout(type, filters, types)) throw fault;
    lenience.refuseOrIgnore(fault);
  }
  return filters;
}

function isLeftWithout(
  type: ResourceType | 'not-exported',
  filters: readonly TypeFilter[],
  types: readonly ResourceType[] | undefined,
): boolean {
  if (type === 'not-exported' || types?.includes(type) === false) return false;
  return !filters.some((filter) => filter.type === type);
}

/** One query, and what is wrong with it. Of a fault that names no type there is no telling what it narrows. */
interface ReadFilter {
  readonly type?: ResourceType | 'not-exported';
  readonly filter?: TypeFilter;
  readonly fault?: FhirError;
}

function readFilter(text: string, { resourceTypes, checkSearch }: FilterTerms): ReadFilter {
  const [, name = '', query = ''] = /^([^?]*)\?(.+)$/s.exec(text) ?? [];
  // PR-78: neither all types nor a compartment.
  if (!isR4ResourceType(name))
    return { fault: refusal(`holds a query that is ${aboutNoType(name)}`) };
  const type = resourceTypes.find((one) => one === name);
  if (!type) {
    return {
      type: 'not-exported',
      fault: refusal(`is about ${quoted(name)}, which is not exported`),
    };
  }
  try {
    checkSearch(type, query);
    return { type, filter: { type, query } };
  } catch (error) {
    if (!(error instanceof UnsupportedSearchError)) throw error;
    const { message, code } = error;
    return { type, fault: refusal(`cannot be applied to ${type}: ${message}`, code) };
  }
}

/** What stands behind the question mark is not repeated: it may name a patient. */
function aboutNoType(type: string): string {
  return type === '' ? 'not about one type' : `about ${quoted(type)}, which is no resource type`;
}

function refusal(fault: string, code: IssueCode = 'not-supported'): FhirError {
  return invalidParameter(
    '_typeFilter',
    `_typeFilter ${fault.replace(/\.$/, '')}. A query is a FHIR search of one exported type, such as Observation?category=laboratory.`,
    code,
  );
}
