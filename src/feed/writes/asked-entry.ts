import { randomUUID } from 'node:crypto';

import { isFhirId, type ResourceType } from '@app/fhir';

import { expectedBy } from '../../common';
import type { EntryResource } from '../reading/bundle-entries';
import { conditionalKey } from '../reading/conditional-key';
import { asEntryFault, entryFault } from './entry-fault';
import type { SentEntry } from './read-bundle';

export type Method = 'PUT' | 'POST' | 'DELETE';

/** What an entry of a transaction or batch asks for. */
export interface AskedEntry {
  /** From 1. */
  readonly number: number;
  readonly method: Method;
  readonly type: ResourceType;
  /** For a POST, one that was made here. */
  readonly id: string;
  readonly fullUrl: string | undefined;
  readonly expected: bigint | 'none' | undefined;
  /** `Type system|value`: a resource that has it is taken instead of a new one. */
  readonly ifNoneExist: string | undefined;
  /** Undefined for a DELETE. */
  readonly resource: EntryResource | undefined;
}

/**
 * Reads what an entry asks for.
 *
 * @throws FhirError 400 or 422 that names the entry and quotes nothing of it
 */
export function readEntry(
  sent: SentEntry,
  fhirBase: string,
  offered: readonly ResourceType[],
): AskedEntry {
  const { number, fullUrl, resource } = sent;
  const method = methodOf(sent);
  const [name, id, ...others] = pathOf(sent, fhirBase);
  // Groups have interfaces of their own.
  const type = offered.find((one) => one === name && one !== 'Group');
  if (!type) throw fault(sent, NO_SUCH_TYPE, 'request.url', 'not-supported');
  const isNamed = id !== undefined && others.length === 0;
  if (method === 'POST' ? id !== undefined : !isNamed) {
    throw fault(sent, URLS[method], 'request.url');
  }
  if (id !== undefined && !isFhirId(id)) throw fault(sent, NO_ID, 'request.url');
  requireResource(sent, { method, type, id });
  const conditions = conditionsOf(sent, method, type);
  return {
    ...{ number, method, type, id: id ?? randomUUID(), fullUrl, ...conditions },
    resource: method === 'DELETE' ? undefined : resource,
  };
}

function methodOf(sent: SentEntry): Method {
  const { method } = sent.request;
  if (method === 'PUT' || method === 'POST' || method === 'DELETE') return method;
  throw fault(
    sent,
    'request.method must be PUT, POST or DELETE.',
    'request.method',
    'not-supported',
  );
}

function pathOf(sent: SentEntry, fhirBase: string): readonly string[] {
  const { url } = sent.request;
  if (typeof url !== 'string')
    throw fault(sent, 'request.url is missing.', 'request.url', 'required');
  if (url.includes('?')) throw fault(sent, BY_SEARCH, 'request.url', 'not-supported');
  return (url.startsWith(`${fhirBase}/`) ? url.slice(fhirBase.length) : url)
    .replace(/^\//, '')
    .split('/');
}

/** A DELETE has none, and the others' is the one that the URL names. */
function requireResource(
  sent: SentEntry,
  asked: { readonly method: Method; readonly type: string; readonly id: string | undefined },
): void {
  const { resource } = sent;
  if (asked.method === 'DELETE') {
    if (resource) throw fault(sent, 'A DELETE has no resource.', 'resource');
    return;
  }
  if (!resource) throw fault(sent, 'The resource is missing.', 'resource', 'required');
  if (resource.type !== asked.type) throw fault(sent, OTHER_TYPE, 'resource.resourceType');
  const isOwn = resource.hasId && resource.id === asked.id;
  if (asked.method === 'PUT' && !isOwn) throw fault(sent, OTHER_ID, 'resource.id');
}

function conditionsOf(
  sent: SentEntry,
  method: Method,
  type: ResourceType,
): Pick<AskedEntry, 'expected' | 'ifNoneExist'> {
  const text = (name: string): string | undefined => {
    const value = sent.request[name];
    if (value === undefined || typeof value === 'string') return value;
    throw fault(sent, `request.${name} must be a string.`, `request.${name}`);
  };
  const [match, noneMatch, search] = [text('ifMatch'), text('ifNoneMatch'), text('ifNoneExist')];
  if (method === 'POST' && (match ?? noneMatch) !== undefined) {
    throw fault(sent, 'A POST has neither ifMatch nor ifNoneMatch.', 'request');
  }
  if (method !== 'POST' && search !== undefined) {
    throw fault(sent, 'Only a POST has ifNoneExist.', 'request.ifNoneExist');
  }
  const ifNoneExist = search === undefined ? undefined : conditionalKey(`${type}?${search}`);
  if (search !== undefined && ifNoneExist === undefined) {
    throw fault(sent, NO_SEARCH, 'request.ifNoneExist', 'not-supported');
  }
  return { expected: expectedOf(sent, { match, noneMatch }), ifNoneExist };
}

function expectedOf(
  { number }: SentEntry,
  conditions: { readonly match: string | undefined; readonly noneMatch: string | undefined },
): AskedEntry['expected'] {
  try {
    return expectedBy(conditions, ['request.ifMatch', 'request.ifNoneMatch']);
  } catch (error) {
    throw asEntryFault(number, error);
  }
}

const NO_SUCH_TYPE = 'request.url must begin with a type that is written here; Groups are not.';
const NO_ID = 'An id has 1 to 64 letters, digits, hyphens and dots.';
const OTHER_ID = 'The id of the resource must be there, and be the one in request.url.';
const OTHER_TYPE = 'The resourceType of the resource must be the type in request.url.';
const BY_SEARCH =
  'request.url names no single resource. Writes on condition of a search are not supported, save a POST with ifNoneExist.';
const NO_SEARCH = 'ifNoneExist must be identifier=system|value, and nothing else.';
const URLS: Readonly<Record<Method, string>> = {
  POST: 'request.url of a POST must be the type: the service makes the id.',
  PUT: 'request.url of a PUT must be [type]/[id].',
  DELETE: 'request.url of a DELETE must be [type]/[id].',
};

function fault(
  { number }: SentEntry,
  diagnostics: string,
  element: string,
  code: 'value' | 'required' | 'not-supported' = 'value',
): Error {
  return entryFault(number, diagnostics, { status: 400, code, element });
}
