import type { ResourceType } from '@app/fhir';
import { checkSearch, UnsupportedSearchError } from '@app/fhir-search';

/** Whether a search of a type can be evaluated, exactly, on the rows of an export. */
export type QueryCheck = (type: ResourceType, query: string) => boolean;

/**
 * Groups are not searched where the rows of exports are, and R4 has no search of Binary that would be
 * worth a scope: with a query they are not covered at all.
 */
const NOT_FILTERED: readonly ResourceType[] = ['Group', 'Binary'];

export const isEvaluated: QueryCheck = (type, query) => {
  if (NOT_FILTERED.includes(type)) return false;
  try {
    checkSearch(type, query);
    return true;
  } catch (error) {
    if (error instanceof UnsupportedSearchError) return false;
    throw error;
  }
};
