export { buildPacks } from './build-packs';
export { PackedCopy } from './packed-copy.service';
export { type PackedFigures, packedFigures } from './packed-figures';
export { PackedSegmentsModule } from './packed-segments.module';
