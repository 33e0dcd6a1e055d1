import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import type { EstimatedType } from '../cohort';
import { RESOURCE_CATALOG } from './resource-catalog';
import type { ResourceExtractor } from './resource-extractor';

/**
 * Finds the extractor of a type, and tells which are offered; refuses to exist with a type missing or
 * served twice.
 */
export class ExtractorRegistry {
  private readonly byType: ReadonlyMap<ResourceType, ResourceExtractor>;

  constructor(
    extractors: readonly ResourceExtractor[],
    private readonly offered: readonly ResourceType[],
  ) {
    this.byType = new Map(extractors.map((extractor) => [extractor.type, extractor]));
    const missing = RESOURCE_TYPES.filter((type) => !this.byType.has(type));
    if (missing.length > 0 || this.byType.size !== extractors.length) {
      throw new Error(
        `Extractors are missing or doubled. Missing: ${missing.join(', ') || 'none'}.`,
      );
    }
  }

  get(type: ResourceType): ResourceExtractor {
    const extractor = this.byType.get(type);
    if (!extractor) throw new Error(`There is no extractor for ${type}.`);
    return extractor;
  }

  /** What may be estimated of types. */
  estimated(types: readonly ResourceType[]): readonly EstimatedType[] {
    return types.map((type) => {
      const { divisible } = this.get(type);
      return { type, kind: RESOURCE_CATALOG[type].kind, divisible };
    });
  }

  /** The types that an export gives when `_type` is left out (PR-31). */
  defaultTypes(): readonly ResourceType[] {
    return this.offered.filter((type) => this.get(type).byDefault);
  }

  /** The types that an export may hold: Group only where a group is exported. */
  typesOf(level: 'group' | 'patient' | 'system'): readonly ResourceType[] {
    return level === 'group' ? this.offered : this.offered.filter((type) => type !== 'Group');
  }
}
