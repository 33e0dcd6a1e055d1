import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { ExtractorsModule } from '../../extractors';
import { JobRow } from '../persistence/job.entity';
import { PartRow } from '../persistence/part.entity';
import { PartPlans } from './part-plans.service';

/** Plans of parts, for the command line. */
@Module({
  imports: [TypeOrmModule.forFeature([JobRow, PartRow]), ExtractorsModule],
  providers: [PartPlans],
  exports: [PartPlans],
})
export class PartPlansModule {}
