import { Module } from '@nestjs/common';

import { ClinicalDataModule } from '../clinical-data';
import { ExtractorsModule } from '../extractors';
import { Packer } from './packer.service';
import { PackingMetrics } from './packing-metrics';
import { RangePacker } from './range-packer.service';

/** Packing alone, without anything that rings for it. */
@Module({
  imports: [ClinicalDataModule, ExtractorsModule],
  providers: [Packer, PackingMetrics, RangePacker],
  exports: [Packer, PackingMetrics],
})
export class PackingModule {}
