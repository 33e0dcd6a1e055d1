import type { ResourceType } from '@app/fhir';

/** Whether a search of a type can be evaluated, exactly, on the rows of an export. */
export type QueryCheck = (type: ResourceType, query: string) => boolean;

/** Rows of exports cannot be searched in this release: scopes with a query are not granted. */
export const isEvaluated: QueryCheck = () => false;
