export { BatchPusher, type Pushed } from './batches/batch-pusher.service';
export type { BatchFile, BatchReceipt, ChangeBatch } from './batches/change-batch';
export { FeedWriter } from './batches/feed-writer.service';
export {
  BatchTooLargeError,
  OtherContentError,
  SequenceError,
  UnreadableBatchError,
  WriterBusyError,
} from './batches/feed.errors';
export { Feeds } from './batches/feeds.service';
export type { RejectedLineRow } from './batches/rejected-line.entity';
export { FeedApiModule, FeedModule, FhirWritesModule } from './feed.module';
export { FollowersModule } from './followers/followers.module';
export { loadFiles } from './load-files';
export type {
  CompleteInput,
  CompleteType,
  LoadOptions,
  LoadProgress,
  LoadSummary,
  MaxDeletes,
  Rejection,
  TypeCounts,
  UnresolvedCount,
} from './load.types';
export { type UnresolvedFilter, UnresolvedReferences } from './unresolved-record';
