export { recluster, type Reclustered } from './recluster';
export { ClinicalDataModule } from './clinical-data.module';
export type { ClinicalSnapshot, CopyRequest, Setting } from './clinical-snapshot';
export { ClinicalSource } from './clinical-source';
export { ClinicalHistory } from './history';
export { ensurePartitions } from './partitions';
export { hasHistory, raiseHorizon } from './history-horizon';
export { ReadReplica } from './read-replica';
export {
  ClinicalStatistics,
  NO_RESOURCES,
  type PatientBytes,
  type TypeStatistics,
} from './statistics';
export { StoreChanges } from './store-changes';
export type { LineSink } from './copy-query';
export { TransactionTimes } from './transaction-time';
export { existsAt, validAt, validBefore } from './validity';
