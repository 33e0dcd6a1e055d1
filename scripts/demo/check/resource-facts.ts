import type { ResourceLine } from './resource-lines';

/** A resource, parsed: for looking at it, never for writing it. */
export type Resource = Readonly<Record<string, unknown>>;

export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

/** Type and id; undefined for what is no resource that can be told from others. */
export function keyOf({ text, fullUrl }: ResourceLine): ResourceKey | undefined {
  const resource = parse(text);
  const { resourceType: type, id = fullUrl?.replace(/^urn:uuid:/, '') } = resource ?? {};
  return typeof type === 'string' && typeof id === 'string' ? { type, id } : undefined;
}

export function parse(text: Buffer): Resource | undefined {
  try {
    const value: unknown = JSON.parse(text.toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Resource) : undefined;
  } catch {
    return undefined; // the loader refuses it, and says so
  }
}

/** The patient whom a resource names as its own, by the element that all types have for it. */
export function patientOf(resource: Resource): string | undefined {
  for (const element of ['subject', 'patient', 'securityContext']) {
    const found = /^Patient\/([A-Za-z0-9.-]+)/.exec(referenceOf(resource[element]) ?? '');
    if (found) return found[1];
  }
  return undefined;
}

/** What a Provenance is about, as `Type/id`. */
export function targetsOf(resource: Resource): readonly string[] {
  const { target } = resource;
  const targets = Array.isArray(target) ? (target as readonly unknown[]) : [];
  return targets.flatMap((entry) => referenceOf(entry)?.replace(/\/_history\/.*/, '') ?? []);
}

const POINTER = /"(?:reference|url)"\s*:\s*"([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})[/"]/g;

/** Everything that a resource's text points at by relative reference or URL, as `Type/id`. */
export function* pointersIn(text: Buffer): Generator<string> {
  for (const [, pointer = ''] of text.toString('latin1').matchAll(POINTER)) yield pointer;
}

function referenceOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('reference' in value)) return undefined;
  return typeof value.reference === 'string' ? value.reference : undefined;
}
