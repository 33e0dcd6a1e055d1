import type { ResourceType } from '@app/fhir';

import type { Licence } from '../apps/app';
import type { SystemScope } from '../scopes';

/** The System app that makes a request, and what it may export with this token. */
export interface AppPrincipal {
  readonly appId: string;
  readonly appName: string;
  readonly scopes: readonly SystemScope[];
  readonly licence: Licence;
  /** Scopes of the token narrowed by the licence. */
  readonly allowedTypes: ReadonlySet<ResourceType>;
}

/**
 * Whether the app's licence covers a group (SEC-12). A group that it does not cover is to be answered
 * like one that does not exist.
 */
export function mayUseGroup({ licence }: Pick<AppPrincipal, 'licence'>, groupId: string): boolean {
  return licence.allGroups || licence.groups.includes(groupId);
}
