import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';

import { ClinicalDataModule } from '../clinical-data';
import { ExtractorsModule, PART_READER } from '../extractors';
import { PackedReader } from './packed-reader.service';
import { PackingScheduler } from './packing-scheduler.service';
import { PackingModule } from './packing.module';
import { PackingProcessor } from './packing.processor';
import { PACKING_QUEUE, PackingSignals } from './packing.queue';

/** Ready-made gzip members beside the rows: packing them in the background, and exporting from them. */
@Module({
  imports: [
    BullModule.registerQueue({ name: PACKING_QUEUE }),
    ClinicalDataModule,
    ExtractorsModule,
    PackingModule,
  ],
  providers: [
    { provide: PART_READER, useClass: PackedReader },
    PackingSignals,
    PackingProcessor,
    PackingScheduler,
  ],
  exports: [PART_READER],
})
export class PackedSegmentsModule {}
