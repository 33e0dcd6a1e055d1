import { isFhirId } from '@app/fhir';

import { compactJson } from './json-compact';
import {
  decodeString,
  isNamed,
  type Member,
  readElements,
  readMembers,
  type Span,
} from './json-scan';
import { rewriteLinks } from './link-rewrite';
import { InvalidResourceError } from './loader.errors';
import { applyEdits, insertAfter } from './text-edits';

/** An entry of a Bundle: its resource on one line, or nothing when the entry holds none. */
export interface BundleResource {
  /** From 1. */
  readonly number: number;
  readonly text: Buffer | undefined;
}

interface Entry {
  readonly fullUrl: string | undefined;
  readonly resource: Span | undefined;
}

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const BUNDLE_TYPES = ['transaction', 'batch', 'collection', 'searchset'];
const UUID_URN = /^urn:uuid:/;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Cuts a Bundle's text into its resources, each on one line: white space between tokens goes, every
 * token keeps its spelling. What leads to other entries by fullUrl becomes `Type/id`. An entry
 * without id takes the uuid of its fullUrl. A file that holds a single resource is one entry.
 *
 * @throws InvalidResourceError when the file as a whole is no Bundle of a loadable type
 */
export function* readBundle(file: Buffer): Generator<BundleResource> {
  const text = compactJson(withoutMark(file));
  const members = text[0] === OPEN_BRACE ? readMembers(text, 0) : [];
  if (stringOf(text, find(text, members, 'resourceType')) !== 'Bundle') {
    yield { number: 1, text };
    return;
  }
  const entries = readEntries(text, find(text, members, 'entry'));
  checkEnvelope(text, entries);
  const targets = readTargets(text, entries);
  for (const [index, entry] of entries.entries()) {
    yield { number: index + 1, text: resourceText(text, entry, targets) };
  }
}

function readEntries(text: Buffer, member: Member | undefined): readonly Entry[] {
  if (!member || text[member.value.start] !== OPEN_BRACKET) return [];
  return readElements(text, member.value.start).map(({ start }) => {
    const members = text[start] === OPEN_BRACE ? readMembers(text, start) : [];
    return {
      fullUrl: stringOf(text, find(text, members, 'fullUrl')),
      resource: find(text, members, 'resource')?.value,
    };
  });
}

/** Parses everything but the resources, which are parsed one by one: together, the whole file. */
function checkEnvelope(text: Buffer, entries: readonly Entry[]): void {
  const edits = entries.flatMap(({ resource }) =>
    resource ? [{ ...resource, text: 'null' }] : [],
  );
  let bundle: unknown;
  try {
    bundle = JSON.parse(applyEdits(text, edits).toString('utf8'));
  } catch {
    throw new InvalidResourceError('not valid JSON');
  }
  const { type } = bundle as { readonly type?: unknown };
  if (typeof type !== 'string' || !BUNDLE_TYPES.includes(type)) {
    throw new InvalidResourceError(`the Bundle is not one of ${BUNDLE_TYPES.join(', ')}`);
  }
}

/** Where the fullUrls of a Bundle lead. */
interface Targets {
  /** `Type/id` by fullUrl. */
  readonly byUrl: ReadonlyMap<string, string>;
  /** fullUrls that are the canonical url of what they hold: there they are names, not addresses. */
  readonly names: ReadonlySet<string>;
}

function readTargets(text: Buffer, entries: readonly Entry[]): Targets {
  const byUrl = new Map<string, string>();
  const names = new Set<string>();
  for (const { fullUrl, resource } of entries) {
    if (!resource || fullUrl === undefined) continue;
    const members = readMembers(text, resource.start);
    const type = stringOf(text, find(text, members, 'resourceType'));
    const id = stringOf(text, find(text, members, 'id')) ?? idOfFullUrl(fullUrl);
    if (type !== undefined && id !== undefined) byUrl.set(fullUrl, `${type}/${id}`);
    if (stringOf(text, find(text, members, 'url')) === fullUrl) names.add(fullUrl);
  }
  return { byUrl, names };
}

function resourceText(text: Buffer, entry: Entry, targets: Targets): Buffer | undefined {
  if (!entry.resource) return undefined;
  const resource = withId(text.subarray(entry.resource.start, entry.resource.end), entry.fullUrl);
  return rewriteLinks(
    resource,
    (reference) => targets.byUrl.get(reference),
    (link) => (targets.names.has(link) ? undefined : targets.byUrl.get(link)),
  );
}

function withId(resource: Buffer, fullUrl: string | undefined): Buffer {
  const members = readMembers(resource, 0);
  const resourceType = find(resource, members, 'resourceType');
  const id = fullUrl === undefined ? undefined : idOfFullUrl(fullUrl);
  if (!resourceType || id === undefined || find(resource, members, 'id')) return resource;
  return applyEdits(resource, [insertAfter(resourceType, `"id":"${id}"`)]);
}

function idOfFullUrl(fullUrl: string): string | undefined {
  const id = UUID_URN.test(fullUrl) ? fullUrl.replace(UUID_URN, '') : '';
  return isFhirId(id) ? id : undefined;
}

function find(text: Buffer, members: readonly Member[], name: string): Member | undefined {
  return members.find((member) => isNamed(text, member, name));
}

function stringOf(text: Buffer, member: Member | undefined): string | undefined {
  return member && text[member.value.start] === 0x22 ? decodeString(text, member.value) : undefined;
}

function withoutMark(file: Buffer): Buffer {
  return file.subarray(0, 3).toString('utf8') === BYTE_ORDER_MARK ? file.subarray(3) : file;
}
