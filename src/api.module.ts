import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';

import { AdminModule } from './admin';
import { AuthModule } from './auth';
import { CommonModule } from './common';
import { type Config, ConfigModule } from './config';
import { ConformanceModule } from './conformance';
import { ConsoleModule } from './console';
import { DatabaseModule } from './database';
import { ExportApiModule, ExportWorkerModule } from './export-jobs';
import { FeedApiModule, FhirWritesModule, FollowersModule } from './feed';
import { GroupsModule } from './groups';
import { HealthModule } from './health';
import { logging } from './http';
import { QueueModule } from './queue.module';
import { ResourcesModule } from './resources';

/** The api process; with ROLE=all it is a worker too. */
@Module({})
export class ApiModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRoot(logging(config)),
        QueueModule.forRoot(config),
        CommonModule,
        DatabaseModule.forRoot(config),
        AuthModule,
        GroupsModule,
        AdminModule,
        ConformanceModule,
        ExportApiModule,
        ResourcesModule,
        FeedApiModule,
        ...(config.feeds.hasFhirWrites ? [FhirWritesModule] : []),
        ...(config.role === 'all'
          ? [ExportWorkerModule.forRoot(config), FollowersModule.forRoot(config)]
          : []),
        HealthModule,
        ConsoleModule,
      ],
    };
  }
}
