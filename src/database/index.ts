export { dataSourceOptions } from './data-source';
export { DatabaseModule } from './database.module';
export { dumpSchema } from './schema-dump';
