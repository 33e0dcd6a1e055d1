import { Inject, Injectable } from '@nestjs/common';
import type { Client } from 'pg';

import { type Config, CONFIG } from '../../config';
import { ChangeSet } from '../change-set';
import { UnreadableFileError } from '../reading/loader.errors';
import { createStaging, dropStaging } from '../staging/staging';
import { withWriter } from '../with-writer';
import { BatchContent } from './batch-content';
import type { BatchReceipt, ChangeBatch } from './change-batch';
import { expectedAfter, receiptOfRepeated, recordBatch } from './feed-record';
import { UnreadableBatchError } from './feed.errors';
import { RejectedLines } from './rejected-lines';

/** Takes numbered batches of changes into the store. */
@Injectable()
export class FeedWriter {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'database' | 'feeds' | 'http'>,
  ) {}

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
    return withWriter(database.url, feeds.writerPatience * 1000, async (sessions) => {
      const expected = await expectedAfter(sessions[0], batch);
      if (batch.sequence < expected) return receiptOfRepeated(sessions[0], batch, expected);
      await createStaging(sessions[0]);
      try {
        return await this.stageAndMerge(sessions, batch);
      } finally {
        // A session that is lost has nothing to clear; the next writer does it.
        await dropStaging(sessions[0]).catch(() => undefined);
      }
    });
  }

  private async stageAndMerge(
    sessions: readonly [Client, Client],
    batch: ChangeBatch,
  ): Promise<BatchReceipt> {
    const rejected = new RejectedLines();
    const content = new BatchContent(this.config.feeds.batchMaxContentBytes);
    const changes = await this.stage(sessions, batch, { rejected, content });
    return changes.mergeAtOnce((instant) =>
      recordBatch(sessions[0], batch, {
        ...{ digest: content.digest(), bytes: content.bytes, instant, rejected },
        ...{ counts: changes.counts, deleted: changes.deleted },
      }),
    );
  }

  private async stage(
    sessions: readonly [Client, Client],
    { feed, sequence, file }: ChangeBatch,
    { rejected, content }: { rejected: RejectedLines; content: BatchContent },
  ): Promise<ChangeSet> {
    const path = `feeds/${feed}/batches/${sequence}`;
    try {
      return await ChangeSet.stage(sessions, [{ path, kind: 'ndjson', ...file }], {
        keepMeta: false,
        bases: [this.config.http.fhirBase],
        otherBases: [],
        rejects: rejected,
        withPatients: false,
        isAllOrNothing: true,
        maxLineBytes: this.config.feeds.lineMaxBytes,
        onRead: () => undefined,
        onPhase: () => undefined,
        onText: (chunk) => {
          content.add(chunk);
        },
      });
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      throw new UnreadableBatchError('The batch ends early or is no gzip: nothing was taken in.');
    }
  }
}
