export { ExportApiModule, ExportWorkerModule } from './export-jobs.module';
