import { Module } from '@nestjs/common';

import { ClinicalSource } from './clinical-source';
import { ReadReplica } from './read-replica';
import { ClinicalStatistics } from './statistics';
import { TransactionTimes } from './transaction-time';

/** The clinical store: reading it as of an instant, and loading it. */
@Module({
  providers: [ClinicalSource, ReadReplica, ClinicalStatistics, TransactionTimes],
  exports: [ClinicalSource, ReadReplica, ClinicalStatistics, TransactionTimes],
})
export class ClinicalDataModule {}
