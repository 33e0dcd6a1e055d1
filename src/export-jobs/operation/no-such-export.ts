import { type FhirError, notFound } from '../../common';

/** What operators are told of an id that no export has. */
export function noSuchExport(): FhirError {
  return notFound('There is no export with this id. Lists of exports show the ids.');
}
