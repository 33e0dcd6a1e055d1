import { Module, type Provider, type Type } from '@nestjs/common';

import { RESOURCE_TYPES, type ResourceType } from '@app/fhir';

import { ClinicalDataModule } from '../clinical-data';
import { CatalogExtractor } from './catalog.extractor';
import { CohortEstimates } from './cohort-estimates.service';
import { Extraction } from './extraction.service';
import { ExtractorRegistry } from './extractor-registry';
import { GroupExtractor } from './group.extractor';
import { ProvenanceExtractor } from './provenance.extractor';
import { type CustomResourceType, RESOURCE_CATALOG } from './resource-catalog';
import { type ResourceExtractor, resourceExtractorToken } from './resource-extractor';

const CUSTOM = {
  Group: GroupExtractor,
  Provenance: ProvenanceExtractor,
} satisfies Readonly<Record<CustomResourceType, Type<ResourceExtractor>>>;

/** One provider per type, each under its own token: `resourceExtractorToken('Condition')`. */
const EXTRACTORS = RESOURCE_TYPES.map((type): Provider => {
  const provide = resourceExtractorToken(type);
  const useClass = (CUSTOM as Partial<Record<ResourceType, Type<ResourceExtractor>>>)[type];
  return useClass
    ? { provide, useClass }
    : { provide, useFactory: () => new CatalogExtractor(type, RESOURCE_CATALOG[type]) };
});

/** The extractors of all types, found through their registry. */
@Module({
  imports: [ClinicalDataModule],
  providers: [
    ...EXTRACTORS,
    {
      provide: ExtractorRegistry,
      inject: RESOURCE_TYPES.map(resourceExtractorToken),
      useFactory: (...all: ResourceExtractor[]) => new ExtractorRegistry(all),
    },
    Extraction,
    CohortEstimates,
  ],
  exports: [ExtractorRegistry, Extraction, CohortEstimates],
})
export class ExtractorsModule {}
