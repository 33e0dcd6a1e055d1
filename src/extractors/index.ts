export { withAbsoluteUrls } from './attachments';
export { type BadRows, Extraction } from './extraction.service';
export { ExtractorRegistry } from './extractor-registry';
export { ExtractorsModule } from './extractors.module';
export type { CountStatement, PartContent, Statement } from './part-content';
export type { ExportScope, ReadPlan, ResourceExtractor, Selection } from './resource-extractor';
export {
  finishing,
  PART_READER,
  type PartFile,
  type PartOutput,
  type PartReader,
} from './part-reader';
export { PLANS_OF_FEW } from './reusable';
export { isAboutMembers, provenanceOfMembers } from './provenance-of-members';
export { type CatalogEntry, RESOURCE_CATALOG } from './resource-catalog';
export { RowReader } from './row-reader.service';
export { asOf, listedTypes } from './sql';
