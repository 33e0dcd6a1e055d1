import type { ResourceType } from '@app/fhir';

import { REQUEST_LIMITS } from '../common';
import type { Licence } from './apps/app';
import { filterKey } from './scope-filters';
import { isEvaluated, type QueryCheck } from './scope-query';
import {
  lettersOf,
  licensedLetters,
  whyNotWritten,
  WRITE_LETTERS,
  type WriteLetter,
} from './write-scopes';

export type ScopeSyntax = 'v1' | 'v2';

/** A scope that was granted: reading and searching one type, or all of them, writing it, or both. */
export interface SystemScope {
  readonly type: ResourceType | '*';
  /** How it was asked for, and so how it is spelled: `.read` or `.rs` (SC-03). */
  readonly syntax: ScopeSyntax;
  /** A search, as it was asked: only resources that match it; undefined: all of them (SC-02). */
  readonly query?: string | undefined;
  /** Left out: all but writing alone lets read. */
  readonly reads?: boolean | undefined;
  /** Left out: nothing may be written. */
  readonly writes?: readonly WriteLetter[] | undefined;
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

/** What scopes are measured by. */
export interface ScopeTerms {
  /** The types that this deployment offers. */
  readonly types: readonly ResourceType[];
  readonly isQuery?: QueryCheck;
}

interface RequestedScope {
  readonly context: string;
  readonly type: string;
  readonly syntax: ScopeSyntax;
  readonly reads: boolean;
  readonly writes: readonly WriteLetter[];
  readonly query: string | undefined;
}

/** The characters of a query are those that a scope may have (RFC 6749 §3.3). */
const RESOURCE_SCOPE =
  /^([a-z]+)\/(\*|[A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?([!#-[\]-~]*))?$/;

/**
 * Decides what is granted of the scopes that a token request names: the part of `system/` scopes that
 * reads types of the licence, and what the app is licensed to write, in the syntax of the request
 * (SC-01 to SC-03, SC-12, TK-04). Everything else is dropped: other contexts, unknown types, `.r` or
 * `.s` alone, writing with a query, permissions out of order (SC-04). So are queries that cannot be
 * evaluated on rows: they must not become the whole type.
 *
 * @throws ScopeError when both syntaxes are mixed, when nothing is left, or when too much is asked for
 */
export function grantScopes(
  requested: string,
  licence: Licence,
  terms: ScopeTerms,
): readonly SystemScope[] {
  if (requested.length > REQUEST_LIMITS.scopeCharacters) throw tooMuch();
  const scopes = readScopes(requested);
  requireFewSearches(scopes, terms);
  if (new Set(scopes.map(({ syntax }) => syntax)).size > 1) {
    throw new ScopeError(
      'Scopes of SMART v1 (.read) and v2 (.rs) must not be mixed in one request.',
    );
  }
  const grantables = scopes.flatMap((scope) => grantable(scope, terms) ?? []);
  const granted = distinct(licensedScopes(grantables, licence));
  const licensed = granted.filter(
    (scope) => scope.writes !== undefined || allowsAnything([scope], licence, terms),
  );
  if (licensed.length === 0) throw nothingLeft({ granted, requested: scopes, licence, terms });
  if (formatScopes(licensed).length > REQUEST_LIMITS.scopeCharacters) throw tooMuch();
  return licensed;
}

/** Reads the scope of a token. What it would not grant today is left out. @throws ScopeError for too many searches */
export function parseGranted(scope: string, terms: ScopeTerms): readonly SystemScope[] {
  const scopes = readScopes(scope);
  requireFewSearches(scopes, terms);
  return scopes.flatMap((read) => grantable(read, terms) ?? []);
}

/** Scopes without what the licence does not let the app write. */
export function licensedScopes(
  scopes: readonly SystemScope[],
  licence: Licence,
): readonly SystemScope[] {
  return scopes.flatMap((scope) => {
    if (scope.writes === undefined) return scope;
    const writes = licensedLetters(scope, licence);
    if (writes.length > 0) return { ...scope, writes };
    return scope.reads === false ? [] : { ...scope, writes: undefined };
  });
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
  { types, isQuery = isEvaluated }: ScopeTerms,
): Allowance {
  const allowedTypes = new Set<ResourceType>();
  const scopeFilters: Partial<Record<ResourceType, readonly string[]>> = {};
  for (const type of types) {
    if (resourceTypes && !resourceTypes.includes(type)) continue;
    const own = scopes.filter(
      (scope) => scope.reads !== false && (scope.type === '*' || scope.type === type),
    );
    const queries = own.flatMap(({ query }) => query ?? []).filter((query) => isQuery(type, query));
    if (own.some(({ query }) => query === undefined)) allowedTypes.add(type);
    else if (queries.length > 0) scopeFilters[type] = [...new Set(queries)];
  }
  return { allowedTypes, scopeFilters };
}

/**
 * Every scope without a query that can be granted, for discovery (SM-06).
 *
 * @param offered types
 * @param isWritten whether single types can be written, and not only batches of all
 */
export function supportedScopes(
  offered: readonly ResourceType[],
  isWritten = false,
): readonly string[] {
  const types = ['*', ...offered] as const;
  const written = isWritten ? types : (['*'] as const);
  const syntaxes = ['v2', 'v1'] as const;
  return syntaxes.flatMap((syntax) => [
    ...types.map((type) => formatScope({ type, syntax })),
    ...written.map((type) => formatScope({ type, syntax, reads: false, writes: WRITE_LETTERS })),
  ]);
}

function formatScope({ type, syntax, query, reads = true, writes = [] }: SystemScope): string {
  const filter = query === undefined ? '' : `?${query}`;
  const permissions = syntax === 'v1' ? inV1(reads, writes) : inV2(reads, writes);
  return `system/${type}.${permissions}${filter}`;
}

function inV1(reads: boolean, writes: readonly WriteLetter[]): string {
  if (writes.length === 0) return 'read';
  return reads ? '*' : 'write';
}

function inV2(reads: boolean, writes: readonly WriteLetter[]): string {
  const letters = new Set<string>([...writes, ...(reads ? ['r', 's'] : [])]);
  return ['c', 'r', 'u', 'd', 's'].filter((letter) => letters.has(letter)).join('');
}

function readScopes(scope: string): readonly RequestedScope[] {
  return [...new Set(scope.split(/\s+/))].flatMap((text) => readScope(text) ?? []);
}

function readScope(text: string): RequestedScope | undefined {
  const [, context, type, permissions, query] = RESOURCE_SCOPE.exec(text) ?? [];
  if (context === undefined || type === undefined || permissions === undefined) return undefined;
  const writes = lettersOf(permissions);
  if (permissions === 'read' || permissions === 'write' || permissions === '*') {
    return { context, type, syntax: 'v1', reads: permissions !== 'write', writes, query };
  }
  const reads = permissions.includes('r') && permissions.includes('s');
  return { context, type, syntax: 'v2', reads, writes, query };
}

function grantable(
  scope: RequestedScope,
  { types: offered, isQuery = isEvaluated }: ScopeTerms,
): SystemScope | undefined {
  const { context, syntax, query } = scope;
  if (context !== 'system') return undefined;
  const type = scope.type === '*' ? '*' : offered.find((one) => one === scope.type);
  if (type === undefined) return undefined;
  if (query === undefined) return withoutQuery({ ...scope, type });
  if (!scope.reads) return undefined;
  // Queries are a part of SMART v2 alone.
  const types = type === '*' ? offered : [type];
  const asked = syntax === 'v2' && types.some((one) => isQuery(one, query));
  return asked ? { type, syntax, query } : undefined;
}

function withoutQuery({
  type,
  syntax,
  reads,
  writes,
}: RequestedScope & Pick<SystemScope, 'type'>): SystemScope | undefined {
  if (writes.length === 0) return reads ? { type, syntax } : undefined;
  return { type, syntax, writes, ...(!reads && { reads }) };
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

function keyOf(scope: SystemScope): string {
  const { query } = scope;
  return query === undefined ? formatScope(scope) : `${scope.type}?${filterKey(query)}`;
}

/** Each is looked at for its types, now and with each request that comes with the token. */
function requireFewSearches(scopes: readonly RequestedScope[], { types }: ScopeTerms): void {
  const searches = scopes.reduce(
    (sum, { type, query }) => sum + (query === undefined ? 0 : type === '*' ? types.length : 1),
    0,
  );
  if (searches > REQUEST_LIMITS.scopeSearches) throw tooManySearches();
}

function allowsAnything(
  scopes: readonly SystemScope[],
  licence: Licence,
  terms: ScopeTerms,
): boolean {
  const { allowedTypes, scopeFilters } = allowance(scopes, licence, terms);
  return allowedTypes.size > 0 || Object.keys(scopeFilters).length > 0;
}

interface Refused {
  readonly granted: readonly SystemScope[];
  readonly requested: readonly RequestedScope[];
  readonly licence: Licence;
  readonly terms: ScopeTerms;
}

/** Recommends nothing that the licence would drop. */
function nothingLeft({ granted, requested, licence, terms }: Refused): ScopeError {
  const { resourceTypes = terms.types } = licence;
  const reason = granted.length === 0 ? whyNotWritten(requested, licence) : undefined;
  if (reason !== undefined) return new ScopeError(reason);
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
