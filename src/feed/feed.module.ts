import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

import { BatchRow } from './batches/batch.entity';
import { FeedWriter } from './batches/feed-writer.service';
import { FeedRow } from './batches/feed.entity';
import { Feeds } from './batches/feeds.service';
import { RejectedLineRow } from './batches/rejected-line.entity';

/** The way in: the one writer of the store, and what is known of the feeds that it has taken in. */
@Module({
  imports: [TypeOrmModule.forFeature([FeedRow, BatchRow, RejectedLineRow])],
  providers: [FeedWriter, Feeds],
  exports: [FeedWriter, Feeds],
})
export class FeedModule {}
