import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';

import { isFhirId, isR4ResourceType, type LocalReference, parseInstant } from '@app/fhir';

import type { JsonObject } from './json-values';
import type { KnownBases } from './known-bases';
import { InvalidResourceError } from './loader.errors';
import { stampEdits, unstampEdits } from './meta-splice';
import { readFacts, type ResourceFacts } from './resource-facts';
import { readIdentifiers } from './resource-identifiers';
import { readLayout, type ResourceLayout } from './resource-layout';
import { TextDigest } from './text-digest';
import type { EditedText } from './text-edits';

/**
 * What stands in staged text for the two values that are known only when the row is written. JSON
 * text cannot hold these characters (RFC 8259, 7: they must be escaped), so they mean nothing else.
 */
export const VERSION_PLACEHOLDER = '\u0001';
export const LAST_UPDATED_PLACEHOLDER = '\u0002';

export interface PrepareOptions {
  readonly keepMeta: boolean;
  /** Under these an absolute reference is one of ours. */
  readonly bases: KnownBases;
  readonly withIdentifiers: boolean;
}

/** A text in two parts: up to the last placeholder, edited to hold them, and from there on. */
export interface StagedText {
  /** Undefined when meta is kept: then there is no placeholder. */
  readonly front: EditedText | undefined;
  readonly rest: Buffer;
}

/** A resource that may be loaded, as it goes to staging. */
export interface PreparedResource extends LocalReference, ResourceFacts {
  /**
   * sha256 of the received text without the two values of the store's, and with what it means by bases
   * that may become known later: then the same text is a change.
   */
  readonly digest: Buffer;
  readonly content: StagedText;
  readonly givenVersion: bigint | undefined;
  /** Microseconds since 1970. */
  readonly givenUpdated: bigint | undefined;
  /** `system|value` of each identifier, when asked for. */
  readonly identifiers: readonly string[];
}

const CARRIAGE_RETURN = 0x0d;
const MAX_VERSION = 2n ** 62n;
const digest = new TextDigest();

/**
 * Checks one line and reads what the store keeps about it.
 *
 * @throws InvalidResourceError saying why it cannot be loaded
 */
export function prepareResource(text: Buffer, options: PrepareOptions): PreparedResource {
  const resource = parseObject(text);
  const layout = readLayout(text);
  const key = readKey(resource);
  const facts = readFacts(resource, key, options.bases);
  const given = options.keepMeta ? readGiven(resource) : NOTHING_GIVEN;
  return {
    type: key.type,
    id: key.id,
    ...facts,
    givenVersion: given.version,
    givenUpdated: given.updated,
    digest: withFacts(digest.of(text, unstampEdits(layout)), facts),
    content: options.keepMeta ? { front: undefined, rest: text } : splitText(text, layout),
    identifiers: options.withIdentifiers ? readIdentifiers(resource) : [],
  };
}

function withFacts(textDigest: Buffer, facts: ResourceFacts): Buffer {
  if (!facts.hasFollowedBase) return textDigest;
  const { patients, links, targets } = facts;
  return hash(
    'sha256',
    `${textDigest.toString('hex')} ${JSON.stringify([patients, links, targets])}`,
    'buffer',
  );
}

function parseObject(text: Buffer): JsonObject {
  if (!isUtf8(text)) throw new InvalidResourceError('not valid UTF-8');
  if (text.includes(CARRIAGE_RETURN)) {
    throw new InvalidResourceError('a carriage return inside the line');
  }
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidResourceError('not a JSON object');
  }
  return value as JsonObject;
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch (error) {
    // The parser's own message quotes the text; only the position may be told.
    const position = /at position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new InvalidResourceError(
      position === undefined ? 'not valid JSON' : `not valid JSON at character ${position}`,
    );
  }
}

function readKey({ resourceType: type, id }: JsonObject): LocalReference {
  if (typeof type !== 'string' || !isR4ResourceType(type)) {
    throw new InvalidResourceError('resourceType is not a resource type of FHIR R4');
  }
  if (id === undefined) throw new InvalidResourceError('id is missing', type);
  if (typeof id !== 'string' || !isFhirId(id)) {
    throw new InvalidResourceError('id is not a FHIR id', type);
  }
  return { type, id };
}

/** The meta that came with a resource. */
interface GivenMeta {
  readonly version: bigint | undefined;
  readonly updated: bigint | undefined;
}

const NOTHING_GIVEN: GivenMeta = { version: undefined, updated: undefined };

function readGiven({ meta }: JsonObject): GivenMeta {
  const { versionId, lastUpdated } = (meta ?? {}) as JsonObject;
  return {
    version: typeof versionId === 'string' ? parseVersion(versionId) : undefined,
    updated: typeof lastUpdated === 'string' ? parseInstant(lastUpdated) : undefined,
  };
}

function parseVersion(versionId: string): bigint | undefined {
  if (!/^[1-9]\d{0,18}$/.test(versionId)) return undefined;
  const version = BigInt(versionId);
  return version < MAX_VERSION ? version : undefined;
}

/** Placeholders mostly stand near the start: only that part is then searched for them. */
function splitText(text: Buffer, layout: ResourceLayout): StagedText {
  const edits = stampEdits(layout, VERSION_PLACEHOLDER, LAST_UPDATED_PLACEHOLDER);
  const cut = edits.at(-1)?.end ?? 0;
  return { front: { text: text.subarray(0, cut), edits }, rest: text.subarray(cut) };
}
