import { isFhirId, type LocalReference, parseReference } from '@app/fhir';

import {
  decodeString,
  isNamed,
  type Member,
  readElements,
  readMembers,
  type Span,
} from './json-scan';
import { parseAbsolute } from './known-bases';
import { InvalidResourceError } from './loader.errors';
import { applyEdits } from './text-edits';

/** What a Bundle says about an entry, and where its resource lies. */
export interface BundleEntry {
  /** From 1. */
  readonly number: number;
  readonly fullUrl: string | undefined;
  readonly method: string | undefined;
  /** What the entry asks for, or deletes. */
  readonly url: string | undefined;
  /** When a version was made, as a server's history tells. */
  readonly lastModified: string | undefined;
  /** Of a search's result: what the entry is there for. */
  readonly mode: string | undefined;
  readonly resource: EntryResource | undefined;
}

/** The resource of an entry. */
export interface EntryResource extends Span {
  readonly type: string | undefined;
  /** Its own, or the one that the Bundle gives it. */
  readonly id: string | undefined;
  readonly hasId: boolean;
  /** The canonical url of what has one. */
  readonly name: string | undefined;
  readonly lastUpdated: string | undefined;
}

/** A Bundle, its resources not read yet. */
export interface BundleEnvelope {
  readonly type: string;
  /** Of a search's result: the page after it. */
  readonly next: string | undefined;
  readonly entries: readonly BundleEntry[];
}

type Json = Readonly<Record<string, unknown>>;

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const UUID_URN = /^urn:uuid:/;

/**
 * Reads a Bundle in compact JSON, but for its resources, which are parsed one by one: together, the
 * whole file.
 *
 * @returns undefined when the text is no Bundle
 * @throws InvalidResourceError when it is none of JSON
 */
export function readEnvelope(text: Buffer): BundleEnvelope | undefined {
  const members = text[0] === OPEN_BRACE ? readMembers(text, 0) : [];
  if (stringOf(text, find(text, members, 'resourceType')) !== 'Bundle') return undefined;
  const list = find(text, members, 'entry')?.value;
  const elements = list && text[list.start] === OPEN_BRACKET ? readElements(text, list.start) : [];
  const resources = elements.map(({ start }) =>
    text[start] === OPEN_BRACE
      ? find(text, readMembers(text, start), 'resource')?.value
      : undefined,
  );
  const { type, entry, link } = parseWithout(text, resources);
  const told = Array.isArray(entry) ? (entry as readonly unknown[]) : [];
  return {
    type: typeof type === 'string' ? type : '',
    next: nextIn(link),
    entries: resources.map((resource, index) => describe(text, resource, index, told[index])),
  };
}

function nextIn(links: unknown): string | undefined {
  const list: readonly unknown[] = Array.isArray(links) ? links : [];
  return textOf(list.map(objectOf).find(({ relation }) => relation === 'next')?.['url']);
}

function parseWithout(text: Buffer, resources: readonly (Span | undefined)[]): Json {
  const edits = resources.flatMap((resource) =>
    resource ? [{ start: resource.start, end: resource.end, text: 'null' }] : [],
  );
  try {
    return JSON.parse(applyEdits(text, edits).toString('utf8')) as Json;
  } catch {
    throw new InvalidResourceError('not valid JSON');
  }
}

function describe(
  text: Buffer,
  resource: Span | undefined,
  index: number,
  told: unknown,
): BundleEntry {
  const { fullUrl, request, response, search } = objectOf(told);
  const { method, url } = objectOf(request);
  const { lastModified, location } = objectOf(response);
  const entry = {
    number: index + 1,
    fullUrl: textOf(fullUrl),
    method: textOf(method)?.toUpperCase(),
    url: textOf(url),
    lastModified: textOf(lastModified),
    mode: textOf(objectOf(search)['mode']),
  };
  const places = [entry.fullUrl, textOf(location), method === 'PUT' ? entry.url : undefined];
  return { ...entry, resource: resource && readResource(text, resource, places) };
}

function readResource(
  text: Buffer,
  span: Span,
  places: readonly (string | undefined)[],
): EntryResource {
  const members = text[span.start] === OPEN_BRACE ? readMembers(text, span.start) : [];
  const type = stringOf(text, find(text, members, 'resourceType'));
  const id = find(text, members, 'id');
  const meta = find(text, members, 'meta')?.value;
  const metaMembers = meta && text[meta.start] === OPEN_BRACE ? readMembers(text, meta.start) : [];
  return {
    ...span,
    type,
    id: id ? stringOf(text, id) : places.map((place) => idAt(place, type)).find(Boolean),
    hasId: id !== undefined,
    name: stringOf(text, find(text, members, 'url')),
    lastUpdated: stringOf(text, find(text, metaMembers, 'lastUpdated')),
  };
}

/** The id that a fullUrl, a location or the URL of a PUT gives to a resource. */
function idAt(place: string | undefined, type: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  const uuid = UUID_URN.test(place) ? place.replace(UUID_URN, '') : '';
  if (isFhirId(uuid)) return uuid;
  const target = referenceAt(place);
  return target?.type === type ? target?.id : undefined;
}

/** `Type/id` below whatever base, or none. */
export function referenceAt(url: string): LocalReference | undefined {
  return parseReference(url) ?? parseAbsolute(url);
}

/** Its members; none of what is no object. */
export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function find(text: Buffer, members: readonly Member[], name: string): Member | undefined {
  return members.find((member) => isNamed(text, member, name));
}

function stringOf(text: Buffer, member: Member | undefined): string | undefined {
  return member && text[member.value.start] === 0x22 ? decodeString(text, member.value) : undefined;
}
