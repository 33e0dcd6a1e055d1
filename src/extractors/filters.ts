import type { ResourceType } from '@app/fhir';
import { searchPredicate } from '@app/fhir-search';

import type { ExportScope } from './resource-extractor';

/**
 * `and …`: the version `v` passes the filters of its type (PR-73, PR-74, PR-76); nothing when there are
 * none. Evaluated on the version that is given, so on the one of `transactionTime`. A version without
 * content passes where its content is what is asked for, to be counted as unreadable; where it would
 * only be named, it does not.
 *
 * @param columns what is asked for of `v`
 */
export function passingFilters(type: ResourceType, scope: ExportScope, columns: string): string {
  const { filters, transactionTime, plan } = scope;
  if (filters === undefined) return '';
  // Without a base URL a filter by an absolute reference would mean something else: nothing is given then.
  if (plan.searches === undefined) throw new Error('Filters need what they are compiled with.');
  const keepsUnreadable = /(?:^|, )v\.content$/.test(columns);
  const context = { ...plan.searches, now: transactionTime, keepsUnreadable };
  return ` and ${searchPredicate(type, filters, context)}`;
}
