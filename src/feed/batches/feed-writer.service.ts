import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';

import { recordIn } from '../../audit';
import { type Config, CONFIG } from '../../config';
import { KeptWriter } from '../kept-writer';
import { UnreadableFileError } from '../reading/loader.errors';
import { takeAtOnce } from '../take-at-once';
import { type Sessions, withWriter } from '../with-writer';
import { BatchContent } from './batch-content';
import { batchEvents } from './batch-event';
import { type BatchReceipt, type ChangeBatch, inputOf } from './change-batch';
import { expectedAfter, receiptOfRepeated, recordBatch } from './feed-record';
import { UnreadableBatchError } from './feed.errors';
import { RejectedLines } from './rejected-lines';

/** Takes numbered batches of changes into the store. */
@Injectable()
export class FeedWriter implements OnModuleDestroy {
  private readonly small: KeptWriter;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'database' | 'feeds' | 'http'>,
  ) {
    this.small = new KeptWriter(config.database.url);
  }

  async onModuleDestroy(): Promise<void> {
    await this.small.close();
  }

  /**
   * Takes a batch in, exactly once: everything of it becomes true at one instant, together with the
   * position of its feed. A batch that was taken in already is answered as it was then.
   *
   * @throws SequenceError, OtherContentError, UnreadableBatchError, BatchTooLargeError; WriterBusyError
   *   while another writer is at work; LoadError; what PostgreSQL says. Nothing was taken in then,
   *   unless the connection was lost in the middle of the commit.
   */
  async take(batch: ChangeBatch): Promise<BatchReceipt> {
    const { database, feeds } = this.config;
    const waiting = { patience: feeds.writerPatience * 1000 };
    const action = async (sessions: Sessions): Promise<BatchReceipt> => {
      const expected = await expectedAfter(sessions[0], batch);
      if (batch.sequence === expected) return this.takeNew(sessions, batch);
      const receipt = await receiptOfRepeated(sessions[0], batch, expected);
      await recordIn(sessions[0], batchEvents(batch, receipt));
      return receipt;
    };
    return isSmall(batch)
      ? this.small.use(waiting, action)
      : withWriter(database.url, waiting, action);
  }

  private async takeNew(sessions: Sessions, batch: ChangeBatch): Promise<BatchReceipt> {
    const { feeds, http } = this.config;
    const rejected = new RejectedLines();
    const content = new BatchContent(feeds.batchMaxContentBytes);
    const options = {
      ...{ fhirBase: http.fhirBase, lineMaxBytes: feeds.lineMaxBytes, rejects: rejected },
      otherBases: batch.base === undefined ? [] : [batch.base],
      onText: (chunk: Buffer): void => {
        content.add(chunk);
      },
    };
    try {
      return await takeAtOnce(sessions, inputOf(batch), options, async (instant, changes) => {
        const { counts, deleted } = changes;
        const receipt = await recordBatch(sessions[0], batch, {
          ...{ digest: content.digest(), bytes: content.bytes, instant, rejected, counts, deleted },
        });
        await recordIn(sessions[0], batchEvents(batch, receipt));
        return receipt;
      });
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      throw new UnreadableBatchError('The batch ends early or is no gzip: nothing was taken in.');
    }
  }
}

/** Unpacked, it may be a thousand times as large, which is little yet. */
function isSmall({ file: { bytes, isCompressed } }: ChangeBatch): boolean {
  return bytes <= (isCompressed ? SMALL_BYTES / 4 : SMALL_BYTES);
}

/** What larger ones cost beside opening two sessions matters more. */
const SMALL_BYTES = 64 * 1024;
