import { Module } from '@nestjs/common';

import { ClinicalDataModule } from '../clinical-data';
import { ExtractorsModule } from '../extractors';
import { PackBuilder } from './pack-builder.service';
import { Packer } from './packer.service';
import { PackingMetrics } from './packing-metrics';
import { RangePacker } from './range-packer.service';

/** Packing alone, without anything that starts it. */
@Module({
  imports: [ClinicalDataModule, ExtractorsModule],
  providers: [PackBuilder, Packer, PackingMetrics, RangePacker],
  exports: [PackBuilder, Packer, PackingMetrics],
})
export class PackingModule {}
