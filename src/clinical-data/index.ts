export { loadFiles } from './loader/load-files';
export { ClinicalDataModule } from './clinical-data.module';
export { ClinicalSource } from './clinical-source';
export { ClinicalStatistics, type PatientBytes, type TypeStatistics } from './statistics';
export { TransactionTimes } from './transaction-time';
export type { LoadOptions, LoadProgress, LoadSummary, TypeCounts } from './loader/load.types';
