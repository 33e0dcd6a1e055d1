export { dataSourceOptions } from './data-source';
export { DatabaseModule } from './database.module';
export { dumpSchema } from './schema-dump';
export { withRunner } from './with-runner';
