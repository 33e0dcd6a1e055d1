export { ClockKeeper } from './clock-keeper.service';
export { dataSourceOptions } from './data-source';
export { DatabaseModule } from './database.module';
export { KEEP_ALIVE } from './keep-alive';
export { requireSchema, requireWritable, UnfitDatabaseError } from './fitness';
export { HeldConnectionError, onReserve } from './held-connections';
export { readClock } from './read-clock';
export { dumpSchema } from './schema-dump';
export { withRunner } from './with-runner';
