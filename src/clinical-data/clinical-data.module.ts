import { Module } from '@nestjs/common';

import { ClinicalSource } from './clinical-source';
import { ClinicalHistory } from './history';
import { ReadReplica } from './read-replica';
import { ClinicalStatistics } from './statistics';
import { StoreChanges } from './store-changes';
import { TransactionTimes } from './transaction-time';

const SERVICES = [
  ClinicalHistory,
  ClinicalSource,
  ReadReplica,
  ClinicalStatistics,
  StoreChanges,
  TransactionTimes,
];

/** The clinical store: reading it as of an instant, and loading it. */
@Module({
  providers: SERVICES,
  exports: SERVICES,
})
export class ClinicalDataModule {}
