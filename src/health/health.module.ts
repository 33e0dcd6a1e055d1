import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import Redis from 'ioredis';
import { DataSource } from 'typeorm';

import { Clock } from '../common';
import { type Config, CONFIG } from '../config';
import { requireSchema, requireWritable } from '../database';
import { FeedModule, Feeds } from '../feed';
import { FILE_STORAGE, type FileStorage, StorageModule } from '../storage';
import { pingRedis, redisForChecks, requireAgreement, requireStorage } from './dependencies';
import { followerLag } from './follower-lag';
import { HealthController } from './health.controller';
import { Readinesses } from './readiness';

/** Injection token of a connection to Redis that does nothing but answer probes. */
const PROBED_REDIS = Symbol('ProbedRedis');

type Dependencies = [Config, DataSource, Redis, FileStorage, Clock, Feeds];

/** Liveness, readiness and metrics, for orchestrators and Prometheus. */
@Module({
  imports: [StorageModule, FeedModule],
  controllers: [HealthController],
  exports: [Readinesses],
  providers: [
    {
      provide: PROBED_REDIS,
      inject: [CONFIG],
      useFactory: ({ redis }: Config): Redis => redisForChecks(redis.url),
    },
    {
      provide: Readinesses,
      inject: [CONFIG, DataSource, PROBED_REDIS, FILE_STORAGE, Clock, Feeds],
      useFactory: (...[config, dataSource, redis, storage, clock, feeds]: Dependencies) =>
        new Readinesses(
          {
            postgresql: () => requireWritable((sql) => dataSource.query(sql)),
            schema: () => requireSchema((sql) => dataSource.query(sql)),
            redis: () => pingRedis(redis),
            storage: () => requireStorage(storage),
            clock: () => requireAgreement(clock),
          },
          followerLag(config, feeds, clock),
        ),
    },
  ],
})
export class HealthModule implements OnApplicationShutdown {
  constructor(@Inject(PROBED_REDIS) private readonly redis: Redis) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
