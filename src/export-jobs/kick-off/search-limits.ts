import { RESOURCE_TYPES } from '@app/fhir';
import { searchSize } from '@app/fhir-search';

import { FhirError } from '../../common';
import type { ExportParameters } from '../persistence/job-parameters';

/** What all searches of an export may hold: each costs time on every resource of its type (docs/type-filter.md). */
const MAX_CRITERIA = 200;
const MAX_VALUES = 1000;

/** @throws FhirError 400 when the searches of a request and of its token's scopes compare too much together */
export function requireAffordable({ typeFilters, scopeFilters }: ExportParameters): void {
  const sizes = RESOURCE_TYPES.flatMap((type) =>
    [typeFilters?.[type] ?? [], scopeFilters?.[type] ?? []]
      .flat()
      .map((query) => searchSize(type, query)),
  );
  const criteria = sizes.reduce((sum, size) => sum + size.criteria, 0);
  const values = sizes.reduce((sum, size) => sum + size.values, 0);
  if (criteria <= MAX_CRITERIA && values <= MAX_VALUES) return;
  const name = typeFilters === undefined ? 'scope' : '_typeFilter';
  throw new FhirError(
    `${name}: the searches of _typeFilter and of the token’s scopes hold ${criteria} criteria and ${values} values together. Accepted are ${MAX_CRITERIA} criteria, of which one on a composite counts as ten, and ${MAX_VALUES} values. Split the export, or ask for whole types.`,
    { status: 400, code: 'too-long', expression: [name] },
  );
}
