import { Module } from '@nestjs/common';

import { ClinicalSource } from './clinical-source';
import { ClinicalStatistics } from './statistics';
import { TransactionTimes } from './transaction-time';

/** The clinical store: reading it as of an instant, and loading it. */
@Module({
  providers: [ClinicalSource, ClinicalStatistics, TransactionTimes],
  exports: [ClinicalSource, ClinicalStatistics, TransactionTimes],
})
export class ClinicalDataModule {}
