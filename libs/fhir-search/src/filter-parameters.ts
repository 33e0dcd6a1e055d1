import type { ResourceType } from '@app/fhir';

import { modifiersOf } from './query';
import { type SearchKind, searchParametersOf } from './search-parameter';

/** A search parameter that filters take, as documentation tells of it. */
export interface FilterParameter {
  readonly name: string;
  readonly kind: SearchKind;
  /** Canonical URL of HL7's definition. */
  readonly definition: string;
  /** Without their colon; `[type]` is any type of resource. */
  readonly modifiers: readonly string[];
}

/** Every search parameter that checkSearch accepts for a type, and no other. */
export function filterParametersOf(type: ResourceType): readonly FilterParameter[] {
  return [...searchParametersOf(type).values()].map((parameter) => {
    const { name, kind, definition } = parameter;
    return { name, kind, definition, modifiers: modifiersOf(parameter) };
  });
}
