import { isResourceType, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import type { Licence } from './apps/app';

export type ScopeSyntax = 'v1' | 'v2';

/** A scope that was granted: reading and searching one type, or all of them. */
export interface SystemScope {
  readonly type: ResourceType | '*';
  /** How it was asked for, and so how it is spelled: `.read` or `.rs` (SC-03). */
  readonly syntax: ScopeSyntax;
}

/** No scope can be granted (`invalid_scope`); the message says why. */
export class ScopeError extends Error {
  readonly code = 'invalid-scope';
}

interface RequestedScope {
  readonly context: string;
  readonly type: string;
  readonly syntax: ScopeSyntax;
  readonly reads: boolean;
  /** It asks for some rows only (`?category=…`). */
  readonly filtered: boolean;
}

const RESOURCE_SCOPE = /^([a-z]+)\/(\*|[A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(\?\S*)?$/;

/**
 * Decides what is granted of the scopes that a token request names: the reading part of `system/`
 * scopes for types that the licence covers, in the syntax of the request (SC-01 to SC-03, SC-12,
 * TK-04). Everything else is dropped: other contexts, unknown types, writing, `.r` or `.s` alone,
 * permissions out of order (SC-04), and scopes with a query, which must not become the whole type.
 *
 * @throws ScopeError when both syntaxes are mixed, or when nothing is left
 */
export function grantScopes(requested: string, licence: Licence): readonly SystemScope[] {
  const scopes = requested.split(/\s+/).flatMap((text) => readScope(text) ?? []);
  if (new Set(scopes.map(({ syntax }) => syntax)).size > 1) {
    throw new ScopeError(
      'Scopes of SMART v1 (.read) and v2 (.rs) must not be mixed in one request.',
    );
  }
  const granted = distinct(scopes.flatMap((scope) => grantable(scope) ?? []));
  const licensed = granted.filter((scope) => allowedTypes([scope], licence).size > 0);
  if (licensed.length > 0) return licensed;
  throw new ScopeError(
    granted.length > 0
      ? 'This app is not licensed for any of the resource types in the scope.'
      : 'No scope can be granted. Ask for system/*.read or system/*.rs, or for single types such as system/Patient.rs.',
  );
}

/** Reads the scope of a token that this service issued. What it would not grant today is left out. */
export function parseGranted(scope: string): readonly SystemScope[] {
  return scope
    .split(' ')
    .flatMap((text) => readScope(text) ?? [])
    .flatMap((read) => grantable(read) ?? []);
}

/** The scopes as a token and its response spell them. */
export function formatScopes(scopes: readonly SystemScope[]): string {
  return scopes.map(formatScope).join(' ');
}

/** The types that may be exported: what the scopes cover and the licence too (SC-05, SC-06). */
export function allowedTypes(
  scopes: readonly SystemScope[],
  licence: Licence,
): ReadonlySet<ResourceType> {
  const { resourceTypes } = licence;
  return new Set(
    RESOURCE_TYPES.filter((type) => resourceTypes?.includes(type) ?? true).filter((type) =>
      scopes.some((scope) => scope.type === '*' || scope.type === type),
    ),
  );
}

/** Every scope that can be granted, for discovery (SM-06). */
export function supportedScopes(): readonly string[] {
  const types = ['*', ...RESOURCE_TYPES] as const;
  const syntaxes = ['v2', 'v1'] as const;
  return syntaxes.flatMap((syntax) => types.map((type) => formatScope({ type, syntax })));
}

function formatScope({ type, syntax }: SystemScope): string {
  return `system/${type}.${syntax === 'v1' ? 'read' : 'rs'}`;
}

function readScope(text: string): RequestedScope | undefined {
  const [, context, type, permissions, query] = RESOURCE_SCOPE.exec(text) ?? [];
  if (context === undefined || type === undefined || permissions === undefined) return undefined;
  const filtered = query !== undefined;
  if (permissions === 'read' || permissions === 'write' || permissions === '*') {
    return { context, type, syntax: 'v1', reads: permissions !== 'write', filtered };
  }
  const reads = permissions.includes('r') && permissions.includes('s');
  return { context, type, syntax: 'v2', reads, filtered };
}

function grantable(scope: RequestedScope): SystemScope | undefined {
  const { context, type, syntax, reads, filtered } = scope;
  if (context !== 'system' || !reads || filtered) return undefined;
  return type === '*' || isResourceType(type) ? { type, syntax } : undefined;
}

function distinct(scopes: readonly SystemScope[]): readonly SystemScope[] {
  return [...new Map(scopes.map((scope) => [scope.type, scope])).values()];
}
