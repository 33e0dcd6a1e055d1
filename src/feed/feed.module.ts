import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { AuditModule } from '../audit';
import { AuthModule } from '../auth';
import { BatchPusher } from './batches/batch-pusher.service';
import { BatchSlots } from './batches/batch-slots';
import { BatchRow } from './batches/batch.entity';
import { FeedMetrics } from './batches/feed-metrics';
import { FeedWriter } from './batches/feed-writer.service';
import { FeedRow } from './batches/feed.entity';
import { FeedsController } from './batches/feeds.controller';
import { Feeds } from './batches/feeds.service';
import { RejectedLineRow } from './batches/rejected-line.entity';
import { BundleWriter } from './writes/bundle-writer.service';
import { BundlesController } from './writes/bundles.controller';
import { ResourceWriter } from './writes/resource-writer.service';
import { WriteAuthority } from './writes/write-authority.service';
import { WritesController } from './writes/writes.controller';

/** The one writer of the store, and what is known of the feeds that it has taken in. */
@Module({
  imports: [TypeOrmModule.forFeature([FeedRow, BatchRow, RejectedLineRow])],
  providers: [FeedWriter, Feeds, BatchPusher],
  exports: [FeedWriter, Feeds, BatchPusher],
})
export class FeedModule {}

/** The door for single resources and transactions, where it is open. */
@Module({
  imports: [AuditModule, AuthModule],
  controllers: [WritesController, BundlesController],
  providers: [ResourceWriter, WriteAuthority, BundleWriter],
})
export class FhirWritesModule {}

/** The door for batches of changes. */
@Module({
  imports: [FeedModule, AuditModule, AuthModule],
  controllers: [FeedsController],
  providers: [BatchSlots, FeedMetrics],
})
export class FeedApiModule {}
