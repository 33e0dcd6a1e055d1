import { isResourceType, RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { REQUEST_LIMITS } from '../common';
import type { Licence } from './apps/app';
import { filterKey } from './scope-filters';
import { isEvaluated, type QueryCheck } from './scope-query';

export type ScopeSyntax = 'v1' | 'v2';

/** A scope that was granted: reading and searching one type, or all of them. */
export interface SystemScope {
  readonly type: ResourceType | '*';
  /** How it was asked for, and so how it is spelled: `.read` or `.rs` (SC-03). */
  readonly syntax: ScopeSyntax;
  /** A search, as it was asked: only resources that match it; undefined: all of them (SC-02). */
  readonly query?: string | undefined;
}

/** What scopes and licence allow together. */
export interface Allowance {
  /** Types of which every resource is allowed. */
  readonly allowedTypes: ReadonlySet<ResourceType>;
  /** Of the other types: searches, one of which a resource must match. */
  readonly scopeFilters: ScopeFilters;
}

export type ScopeFilters = Readonly<Partial<Record<ResourceType, readonly string[]>>>;

/** No scope can be granted (`invalid_scope`); the message says why. */
export class ScopeError extends Error {
  readonly code = 'invalid-scope';
}

interface RequestedScope {
  readonly context: string;
  readonly type: string;
  readonly syntax: ScopeSyntax;
  readonly reads: boolean;
  readonly query: string | undefined;
}

/** The characters of a query are those that a scope may have (RFC 6749 §3.3). */
const RESOURCE_SCOPE =
  /^([a-z]+)\/(\*|[A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?([!#-[\]-~]*))?$/;

/**
 * Decides what is granted of the scopes that a token request names: the reading part of `system/`
 * scopes for types that the licence covers, in the syntax of the request (SC-01 to SC-03, SC-12,
 * TK-04). Everything else is dropped: other contexts, unknown types, writing, `.r` or `.s` alone,
 * permissions out of order (SC-04), and queries that cannot be evaluated on rows, which must not
 * become the whole type.
 *
 * @throws ScopeError when both syntaxes are mixed, when nothing is left, or when too much is asked for
 */
export function grantScopes(
  requested: string,
  licence: Licence,
  isQuery: QueryCheck = isEvaluated,
): readonly SystemScope[] {
  if (requested.length > REQUEST_LIMITS.scopeCharacters) throw tooMuch();
  const scopes = readScopes(requested);
  requireFewSearches(scopes);
  if (new Set(scopes.map(({ syntax }) => syntax)).size > 1) {
    throw new ScopeError(
      'Scopes of SMART v1 (.read) and v2 (.rs) must not be mixed in one request.',
    );
  }
  const granted = distinct(scopes.flatMap((scope) => grantable(scope, isQuery) ?? []));
  const licensed = granted.filter((scope) => allowsAnything([scope], licence, isQuery));
  if (licensed.length === 0) throw nothingLeft(granted, licence);
  if (formatScopes(licensed).length > REQUEST_LIMITS.scopeCharacters) throw tooMuch();
  return licensed;
}

/** Reads the scope of a token. What it would not grant today is left out. @throws ScopeError for too many searches */
export function parseGranted(
  scope: string,
  isQuery: QueryCheck = isEvaluated,
): readonly SystemScope[] {
  const scopes = readScopes(scope);
  requireFewSearches(scopes);
  return scopes.flatMap((read) => grantable(read, isQuery) ?? []);
}

/** The scopes as a token and its response spell them. */
export function formatScopes(scopes: readonly SystemScope[]): string {
  return scopes.map(formatScope).join(' ');
}

/** The same for records: without the values of searches, which may name a patient. */
export function describeScopes(scopes: readonly SystemScope[]): string {
  return formatScopes(
    scopes.map((scope) => ({
      ...scope,
      query: scope.query?.replace(/=[^&]*/g, ''),
    })),
  );
}

/**
 * What scopes and licence both cover (SC-05, SC-06): a scope without a query beats those with one,
 * which are alternatives. A query for all types counts for those that it can be asked of; the others
 * are not covered by it.
 */
export function allowance(
  scopes: readonly SystemScope[],
  { resourceTypes }: Licence,
  isQuery: QueryCheck = isEvaluated,
): Allowance {
  const allowedTypes = new Set<ResourceType>();
  const scopeFilters: Partial<Record<ResourceType, readonly string[]>> = {};
  for (const type of RESOURCE_TYPES) {
    if (resourceTypes && !resourceTypes.includes(type)) continue;
    const own = scopes.filter((scope) => scope.type === '*' || scope.type === type);
    const queries = own.flatMap(({ query }) => query ?? []).filter((query) => isQuery(type, query));
    if (own.some(({ query }) => query === undefined)) allowedTypes.add(type);
    else if (queries.length > 0) scopeFilters[type] = [...new Set(queries)];
  }
  return { allowedTypes, scopeFilters };
}

/** Every scope without a query that can be granted, for discovery (SM-06). */
export function supportedScopes(): readonly string[] {
  const types = ['*', ...RESOURCE_TYPES] as const;
  const syntaxes = ['v2', 'v1'] as const;
  return syntaxes.flatMap((syntax) => types.map((type) => formatScope({ type, syntax })));
}

function formatScope({ type, syntax, query }: SystemScope): string {
  const filter = query === undefined ? '' : `?${query}`;
  return `system/${type}.${syntax === 'v1' ? 'read' : 'rs'}${filter}`;
}

function readScopes(scope: string): readonly RequestedScope[] {
  return [...new Set(scope.split(/\s+/))].flatMap((text) => readScope(text) ?? []);
}

function readScope(text: string): RequestedScope | undefined {
  const [, context, type, permissions, query] = RESOURCE_SCOPE.exec(text) ?? [];
  if (context === undefined || type === undefined || permissions === undefined) return undefined;
  if (permissions === 'read' || permissions === 'write' || permissions === '*') {
    return { context, type, syntax: 'v1', reads: permissions !== 'write', query };
  }
  const reads = permissions.includes('r') && permissions.includes('s');
  return { context, type, syntax: 'v2', reads, query };
}

function grantable(scope: RequestedScope, isQuery: QueryCheck): SystemScope | undefined {
  const { context, type, syntax, reads, query } = scope;
  if (context !== 'system' || !reads) return undefined;
  if (type !== '*' && !isResourceType(type)) return undefined;
  if (query === undefined) return { type, syntax };
  // Queries are a part of SMART v2 alone.
  const types = type === '*' ? RESOURCE_TYPES : [type];
  const asked = syntax === 'v2' && types.some((one) => isQuery(one, query));
  return asked ? { type, syntax, query } : undefined;
}

/** The first of those that ask for the same. */
function distinct(scopes: readonly SystemScope[]): readonly SystemScope[] {
  const byMeaning = new Map<string, SystemScope>();
  for (const scope of scopes) {
    const key = keyOf(scope);
    if (!byMeaning.has(key)) byMeaning.set(key, scope);
  }
  return [...byMeaning.values()];
}

function keyOf({ type, query }: SystemScope): string {
  return query === undefined ? type : `${type}?${filterKey(query)}`;
}

/** Each is looked at for its types, now and with each request that comes with the token. */
function requireFewSearches(scopes: readonly RequestedScope[]): void {
  const searches = scopes.reduce(
    (sum, { type, query }) =>
      sum + (query === undefined ? 0 : type === '*' ? RESOURCE_TYPES.length : 1),
    0,
  );
  if (searches > REQUEST_LIMITS.scopeSearches) throw tooManySearches();
}

function allowsAnything(
  scopes: readonly SystemScope[],
  licence: Licence,
  isQuery: QueryCheck,
): boolean {
  const { allowedTypes, scopeFilters } = allowance(scopes, licence, isQuery);
  return allowedTypes.size > 0 || Object.keys(scopeFilters).length > 0;
}

/** Recommends nothing that the licence would drop. */
function nothingLeft(
  granted: readonly SystemScope[],
  { resourceTypes = RESOURCE_TYPES }: Licence,
): ScopeError {
  const example = resourceTypes.includes('Patient') ? 'Patient' : (resourceTypes[0] ?? '*');
  return new ScopeError(
    granted.length > 0
      ? `The licence of the app covers none of the resource types in the scope. It covers ${resourceTypes.join(', ')}.`
      : `No scope can be granted. Ask for system/*.read or system/*.rs, or for single types such as system/${example}.rs.`,
  );
}

function tooMuch(): ScopeError {
  return new ScopeError(
    `The scopes have more than ${REQUEST_LIMITS.scopeCharacters} characters. Ask for fewer, or for system/*.rs.`,
  );
}

function tooManySearches(): ScopeError {
  return new ScopeError(
    `The scopes hold more than ${REQUEST_LIMITS.scopeSearches} searches of a type; one of system/* counts for every type. Ask for fewer.`,
  );
}
