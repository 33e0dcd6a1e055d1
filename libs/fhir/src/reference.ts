import { isFhirId } from './ids';
import { isR4ResourceType } from './r4-types';

export interface LocalReference {
  readonly type: string;
  readonly id: string;
}

const RELATIVE = /^([A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * Reads a literal reference to a resource of this server: `Type/id`, with or without a version, or
 * the same under one of `bases` (absolute URLs without a trailing slash).
 *
 * @returns undefined for anything else: contained (`#x`), `urn:`, conditional (`Type?…`) and foreign
 *   absolute references, and unknown types.
 */
export function parseReference(
  text: string,
  bases: readonly string[] = [],
): LocalReference | undefined {
  const base = bases.find((candidate) => text.startsWith(`${candidate}/`));
  const match = RELATIVE.exec(base === undefined ? text : text.slice(base.length + 1));
  const [, type = '', id = ''] = match ?? [];
  return isR4ResourceType(type) && isFhirId(id) ? { type, id } : undefined;
}
