export { manifestSchema } from './status/manifest.schema';
export { ExportOperations } from './operation/export-operations.service';
export { type ExportFilter, ShownExports } from './operation/shown-exports.service';
export { ExportOperationsModule } from './operation/export-operations.module';
export { PartPlans } from './operation/part-plans.service';
export { PartPlansModule } from './operation/part-plans.module';
export type { ExportSummary, ShownExport } from './operation/shown-export';
export { JOB_STATES, type JobState } from './persistence/job-states';
export { ExportApiModule, ExportWorkerModule } from './export-jobs.module';
