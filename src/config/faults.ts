import { isResourceType, type ResourceType } from '@app/fhir';

export const FAULT_KINDS = ['source', 'storage', 'slow'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** A failure to rehearse, at the parts of one type. */
export interface Fault {
  readonly kind: FaultKind;
  readonly type: ResourceType;
  /** How many attempts at a part fail; Infinity for all of them. */
  readonly attempts: number;
}

/** Reads `kind:Type[@attempts]`, comma-separated. @throws Error that says what is accepted */
export function parseFaults(input: string): readonly Fault[] {
  return input.split(',').map((text) => {
    const [, kind, type = '', attempts] = /^(\w+):(\w+)(?:@([1-9]\d?))?$/.exec(text.trim()) ?? [];
    const known = FAULT_KINDS.find((name) => name === kind);
    if (!known || !isResourceType(type)) {
      throw new Error(`must hold kind:Type[@attempts] with a kind of ${FAULT_KINDS.join(', ')}`);
    }
    return { kind: known, type, attempts: attempts === undefined ? Infinity : Number(attempts) };
  });
}
