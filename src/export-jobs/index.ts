export { manifestSchema } from './status/manifest.schema';
export { ExportApiModule, ExportWorkerModule } from './export-jobs.module';
