export { PackBuilder } from './pack-builder.service';
export { type PackedFigures, packedFigures } from './packed-figures';
export { PackedSegmentsModule } from './packed-segments.module';
export { PackingModule } from './packing.module';
