export { withAbsoluteUrls } from './attachments';
export { type BadRows, Extraction } from './extraction.service';
export { ExtractorRegistry } from './extractor-registry';
export { PACKED_TARGETS } from './packed-provenance';
export { ExtractorsModule } from './extractors.module';
export type { Portion, Statement } from './portion';
export type {
  ExportScope,
  PackedShare,
  ReadPlan,
  ResourceExtractor,
  Selection,
} from './resource-extractor';
