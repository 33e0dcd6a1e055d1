import { isFhirId } from '@app/fhir';

import { objectOf, referenceAt } from '../../reading/bundle-entries';
import type { Change } from '../change-source';

interface Told {
  readonly resourceType?: unknown;
  readonly id?: unknown;
  readonly entry?: unknown;
}

/** What nobody can name goes to the writer as it is, which rejects it and says why. */
const NAMELESS = { type: '', id: '' };

/** The change that a line of an `output` file is. Its text is not altered. */
export function changeOfLine(text: Buffer): Change {
  const { resourceType: type, id } = parse(text);
  const isNamed = typeof type === 'string' && typeof id === 'string' && isFhirId(id);
  return { ...(isNamed ? { type, id } : NAMELESS), content: text };
}

/** The deletions that a line of a `deleted` file tells of: a Bundle of DELETE entries. */
export function deletionsOfLine(text: Buffer): readonly Change[] {
  const { resourceType, entry } = parse(text);
  const entries = resourceType === 'Bundle' && Array.isArray(entry) ? entry : [];
  const deleted = entries.map(deletedBy);
  const isPlain = deleted.length > 0 && deleted.every((one) => one !== undefined);
  return isPlain ? deleted : [{ ...NAMELESS, content: text }];
}

function deletedBy(entry: unknown): Change | undefined {
  const { request } = (entry ?? {}) as { request?: { method?: unknown; url?: unknown } };
  if (request?.method !== 'DELETE' || typeof request.url !== 'string') return undefined;
  const target = referenceAt(request.url);
  return target && { type: target.type, id: target.id, content: undefined };
}

function parse(text: Buffer): Told {
  try {
    return objectOf(JSON.parse(text.toString('utf8')));
  } catch {
    return {};
  }
}
