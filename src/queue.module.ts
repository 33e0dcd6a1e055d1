import { BullModule } from '@nestjs/bull';
import { type DynamicModule, Module } from '@nestjs/common';
import Redis from 'ioredis';

import type { Config } from './config';
import { KEEP_ALIVE } from './database';

/** Connects Bull to Redis, under the prefix of this system. */
@Module({})
export class QueueModule {
  static forRoot({ redis }: Config): DynamicModule {
    if (redis.withoutBrpoplpush) replaceBrpoplpush();
    return {
      module: QueueModule,
      imports: [
        BullModule.forRoot({
          url: redis.url,
          // Who waits for a signal sends nothing, as who waits for rows.
          redis: { keepAlive: KEEP_ALIVE.keepAliveInitialDelayMillis },
          prefix: redis.prefix,
          // A worker that dies leaves its signal, which another takes soon, and more often than once.
          settings: { lockDuration: 30_000, stalledInterval: 10_000, maxStalledCount: 1000 },
        }),
      ],
    };
  }
}

/** BLMOVE from the right to the left is what BRPOPLPUSH was called before Redis 6.2. */
function replaceBrpoplpush(): void {
  Object.assign(Redis.prototype, {
    brpoplpush(this: Redis, source: string, destination: string, timeout: number) {
      return this.blmove(source, destination, 'RIGHT', 'LEFT', timeout);
    },
  });
}
