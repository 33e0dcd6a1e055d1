import { Module } from '@nestjs/common';

import { ClinicalDataModule } from '../clinical-data';
import { CohortEstimates } from './cohort-estimates.service';

/** Whose data an export holds: frozen when it is planned, and as a relation for whoever reads. */
@Module({
  imports: [ClinicalDataModule],
  providers: [CohortEstimates],
  exports: [CohortEstimates],
})
export class CohortModule {}
