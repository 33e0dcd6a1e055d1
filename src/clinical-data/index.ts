export { loadFiles } from './loader/load-files';
export { ClinicalDataModule } from './clinical-data.module';
export { ClinicalSource } from './clinical-source';
export { ClinicalStatistics, type TypeStatistics } from './statistics';
export { TransactionTimes, UnsettledWritersError } from './transaction-time';
