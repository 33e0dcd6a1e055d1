import { AsyncLocalStorage } from 'node:async_hooks';

import { ACTORS, type AuditDetail, type AuditEvent } from './audit-event';

const NAMES = new AsyncLocalStorage<string>();

/** Does something, awaited parts included, so that its audit events name the operator. */
export function actingAs<T>(name: string, action: () => T): T {
  return NAMES.run(name, action);
}

/** The person behind an operator's event, as stated at sign-in: the shared credential proves no name. */
export function personOf({ action }: AuditEvent): AuditDetail {
  const name = NAMES.getStore();
  return name !== undefined && ACTORS[action] === 'operator' ? { statedName: name } : {};
}
