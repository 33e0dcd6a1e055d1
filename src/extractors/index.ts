export { withAbsoluteUrls } from './attachments';
export { type CohortSlot, CohortEstimates, type TypeEstimate } from './cohort-estimates.service';
export { type BadRows, Extraction } from './extraction.service';
export { ExtractorRegistry } from './extractor-registry';
export { PACKED_TARGETS } from './packed-provenance';
export { ExtractorsModule } from './extractors.module';
export type { Portion, Statement } from './portion';
export {
  type ExportScope,
  type PackedShare,
  type ResourceExtractor,
  SLOTS,
  type SlotRange,
} from './resource-extractor';
export { literal, slotsOf, time } from './sql';
