import { Module, type Provider } from '@nestjs/common';

import { RESOURCE_TYPES } from '@app/fhir';

import { ClinicalDataModule } from '../clinical-data';
import { type Config, CONFIG } from '../config';
import { CatalogExtractor } from './catalog.extractor';
import { Extraction } from './extraction.service';
import { ExtractorRegistry } from './extractor-registry';
import { GroupExtractor } from './group.extractor';
import { ProvenanceExtractor } from './provenance.extractor';
import { type CustomResourceType, RESOURCE_CATALOG } from './resource-catalog';
import { type ResourceExtractor, resourceExtractorToken } from './resource-extractor';
import { RowReader } from './row-reader.service';

const CUSTOM = {
  Group: { useClass: GroupExtractor },
  // It is about resources of all other types.
  Provenance: {
    inject: RESOURCE_TYPES.filter((type) => type !== 'Provenance').map(resourceExtractorToken),
    useFactory: (...others: ResourceExtractor[]) => new ProvenanceExtractor(others),
  },
} satisfies Readonly<Record<CustomResourceType, object>>;

/** One provider per type, each under its own token: `resourceExtractorToken('Condition')`. */
const EXTRACTORS = RESOURCE_TYPES.map((type): Provider => {
  const provide = resourceExtractorToken(type);
  if (type === 'Group' || type === 'Provenance') return { provide, ...CUSTOM[type] };
  return { provide, useFactory: () => new CatalogExtractor(type, RESOURCE_CATALOG[type]) };
});

/** The extractors of all types, found through their registry. */
@Module({
  imports: [ClinicalDataModule],
  providers: [
    ...EXTRACTORS,
    {
      provide: ExtractorRegistry,
      inject: [CONFIG, ...RESOURCE_TYPES.map(resourceExtractorToken)],
      useFactory: ({ resourceTypes }: Config, ...all: ResourceExtractor[]) =>
        new ExtractorRegistry(all, resourceTypes),
    },
    Extraction,
    RowReader,
  ],
  exports: [ExtractorRegistry, Extraction, RowReader],
})
export class ExtractorsModule {}
