import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import type { Licence } from '../apps/app';
import { isWithin } from '../scope-filters';
import type { Allowance, SystemScope } from '../scopes';
import type { WriteLetter } from '../write-scopes';

/**
 * The System app that makes a request, and what it may export with this token: scopes narrowed by the
 * licence. `allowedTypes` are those without any filter, so that whoever forgets `scopeFilters` gives
 * too little.
 */
export interface AppPrincipal extends Allowance {
  readonly appId: string;
  readonly appName: string;
  readonly scopes: readonly SystemScope[];
  readonly licence: Licence;
}

/** A group, and the app that keeps it, if one does. */
export interface OwnedGroup {
  readonly id: string;
  readonly owner?: string | null | undefined;
}

/**
 * Whether the app's licence covers a group (SEC-12). A group that it does not cover is to be answered
 * like one that does not exist. What an app keeps is its own: of others those alone may use it whose licence names it.
 */
export function mayUseGroup(
  { appId, licence }: Pick<AppPrincipal, 'appId' | 'licence'>,
  { id, owner }: OwnedGroup,
): boolean {
  if (owner === appId) return licence.ownGroups !== undefined;
  return licence.groups.includes(id) || (licence.allGroups && (owner ?? undefined) === undefined);
}

/** Whether the token lets the app make, change or delete groups of its own. */
export function mayKeepGroups(
  { scopes, licence }: Pick<AppPrincipal, 'scopes' | 'licence'>,
  letter: WriteLetter,
): boolean {
  const { resourceTypes, ownGroups } = licence;
  if (!ownGroups || (resourceTypes && !resourceTypes.includes('Group'))) return false;
  return scopes.some(
    ({ type, writes = [] }) => (type === '*' || type === 'Group') && writes.includes(letter),
  );
}

/** Whether the token lets the app write a type in one way: create, update or delete. */
export function mayWrite(
  { scopes, licence }: Pick<AppPrincipal, 'scopes' | 'licence'>,
  type: ResourceType,
  letter: WriteLetter,
): boolean {
  const { resourceTypes, writes } = licence;
  if (!writes?.fhirWrites || (resourceTypes && !resourceTypes.includes(type))) return false;
  const own = scopes.filter((scope) => scope.type === '*' || scope.type === type);
  return own.some(({ writes: letters = [] }) => letters.includes(letter));
}

/** The types of which the app may export all resources, or those that pass a filter (SC-11). */
export function exportableTypes({
  allowedTypes,
  scopeFilters,
}: Allowance): ReadonlySet<ResourceType> {
  return new Set(
    RESOURCE_TYPES.filter((type) => allowedTypes.has(type) || scopeFilters[type] !== undefined),
  );
}

/**
 * Whether the token covers everything that an export has of a type (SEC-04).
 *
 * @param filters the scope filters that the export was started with; undefined: it has all resources
 */
export function covers(
  { allowedTypes, scopeFilters }: Allowance,
  type: ResourceType,
  filters: readonly string[] | undefined,
): boolean {
  if (allowedTypes.has(type)) return true;
  const own = scopeFilters[type];
  if (own === undefined || filters === undefined) return false;
  return filters.every((filter) => own.some((wider) => isWithin(filter, wider)));
}
