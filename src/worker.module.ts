import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';

import { CommonModule } from './common';
import { type Config, ConfigModule } from './config';
import { DatabaseModule } from './database';
import { ExportWorkerModule } from './export-jobs';
import { HealthModule } from './health';
import { logging } from './http';
import { QueueModule } from './queue.module';

/** The worker process. */
@Module({})
export class WorkerModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRoot(logging(config)),
        QueueModule.forRoot(config),
        CommonModule,
        DatabaseModule.forRoot(config),
        ExportWorkerModule.forRoot(config),
        HealthModule,
      ],
    };
  }
}
