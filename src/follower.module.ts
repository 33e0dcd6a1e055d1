import { type DynamicModule, Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';

import { CommonModule } from './common';
import { type Config, ConfigModule } from './config';
import { DatabaseModule } from './database';
import { FollowersModule } from './feed';
import { HealthModule } from './health';
import { logging } from './http';

/** The process that follows the sources: health and metrics are all of its HTTP. */
@Module({})
export class FollowerModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: FollowerModule,
      imports: [
        ConfigModule.forRoot(config),
        LoggerModule.forRoot(logging(config)),
        CommonModule,
        DatabaseModule.forRoot(config),
        FollowersModule.forRoot(config),
        HealthModule,
      ],
    };
  }
}
