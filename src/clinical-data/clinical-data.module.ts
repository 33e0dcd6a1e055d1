import { Module } from '@nestjs/common';

import { ClinicalSource } from './clinical-source';
import { ClinicalHistory } from './history';
import { ReadReplica } from './read-replica';
import { ClinicalStatistics } from './statistics';
import { TransactionTimes } from './transaction-time';

/** The clinical store: reading it as of an instant, and loading it. */
@Module({
  providers: [ClinicalHistory, ClinicalSource, ReadReplica, ClinicalStatistics, TransactionTimes],
  exports: [ClinicalHistory, ClinicalSource, ReadReplica, ClinicalStatistics, TransactionTimes],
})
export class ClinicalDataModule {}
