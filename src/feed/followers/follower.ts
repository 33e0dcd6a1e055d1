import { Readable } from 'node:stream';

import type { Client } from 'pg';

import { type Clock, PeriodicTask, type Step } from '../../common';
import type { Config } from '../../config';
import type { FeedWriter } from '../batches/feed-writer.service';
import type { Feeds } from '../batches/feeds.service';
import { spool } from '../batches/spool';
import type { BatchLimits, BatchLines } from './batch-lines';
import type { ChangeSource } from './change-source';
import { Comparison } from './comparison';
import { FollowedBatches } from './followed-batches';
import { FollowedResources } from './followed-resources';
import type { FollowerLease } from './follower-lease';
import type { FollowerMetrics } from './follower-metrics';

/** What is kept with each batch: where the source goes on, and when its ids were compared last. */
interface FollowerCursor {
  readonly source: unknown;
  readonly comparedAt: string | undefined;
}

export interface FollowerParts {
  readonly config: Pick<Config, 'feeds' | 'followers'>;
  readonly source: ChangeSource;
  readonly lease: FollowerLease;
  readonly writer: FeedWriter;
  readonly feeds: Feeds;
  readonly clock: Clock;
  readonly metrics: FollowerMetrics;
}

/** Another process took a batch of this number in: two followed for a moment. */
class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
}

const BATCH_BYTES = 256 * 1024 ** 2;
const LONGEST_PAUSE_MILLISECONDS = 300_000;

/**
 * Follows a source: reads what has changed, again and again, and takes it in as batches of its feed. All
 * that it remembers is in PostgreSQL, with the batches; whoever gets the lease goes on from there.
 */
export class Follower extends PeriodicTask {
  protected readonly steps: Readonly<Record<string, Step>>;
  private failures = 0;

  constructor(private readonly parts: FollowerParts) {
    super();
    const { metrics, source } = parts;
    metrics.isActive.set({ feed: source.feed }, 0);
    this.steps = { [source.feed]: (signal) => this.follow(signal) };
  }

  /** Longer and longer while it fails. */
  protected get milliseconds(): number {
    const pause = this.parts.source.poll * 1000;
    if (this.failures === 0) return pause;
    const longest = Math.max(pause, LONGEST_PAUSE_MILLISECONDS);
    return Math.min(Math.max(pause, 500) * 2 ** this.failures, longest);
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    await this.parts.lease.release();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { lease, metrics, source } = this.parts;
    const session = await lease.hold();
    metrics.isActive.set({ feed: source.feed }, session ? 1 : 0);
    if (!session) return;
    try {
      await this.readOnce(session, signal);
      this.failures = 0;
      metrics.sourceUp.set({ feed: source.feed }, 1);
    } catch (error) {
      this.failures = Math.min(this.failures + 1, 16);
      if (!signal.aborted) metrics.sourceUp.set({ feed: source.feed }, 0);
      throw error;
    }
  }

  /** Reads the source once, from where the last batch has come to. */
  private async readOnce(session: Client, signal: AbortSignal): Promise<void> {
    const { feeds, source } = this.parts;
    await source.prepare?.(signal);
    const known = await feeds.find(source.feed);
    const cursor = known?.cursor as FollowerCursor | undefined;
    const comparison = await this.dueComparison(session, cursor?.comparedAt);
    const now = this.parts.clock.now().toISOString();
    // The first reading brings everything; there is nothing to compare yet.
    const comparedAt = comparison ? now : (cursor?.comparedAt ?? now);
    const followed = new FollowedResources(session, source.feed, source.listedTypes);
    const reading = source.changes(cursor?.source, comparison !== undefined, signal);
    const batches = new FollowedBatches(reading, followed, comparison?.deletions(signal));
    try {
      await this.takeAll(batches, followed, { position: BigInt(known?.position ?? 0), comparedAt });
    } finally {
      await reading.return();
    }
    if (comparison) this.tell(comparison);
  }

  private async takeAll(
    batches: FollowedBatches,
    followed: FollowedResources,
    { position, comparedAt }: { readonly position: bigint; readonly comparedAt: string },
  ): Promise<void> {
    const flush = (): Promise<void> => followed.flush();
    for (let next = position + 1n, isLast = false; !isLast; next += 1n) {
      const lines = batches.next(this.limits);
      await this.takeBatch(lines, { position: next, comparedAt, flush });
      isLast = lines.isLast;
    }
  }

  private get limits(): BatchLimits {
    const { followers, feeds } = this.parts.config;
    return { rows: followers.batchRows, bytes: Math.min(BATCH_BYTES, feeds.batchMaxBytes / 2) };
  }

  private async dueComparison(
    session: Client,
    comparedAt: string | undefined,
  ): Promise<Comparison | undefined> {
    const { config, clock, source } = this.parts;
    const { compare, maxDeletedPercent } = config.followers;
    if (comparedAt === undefined || source.listedTypes.length === 0) return undefined;
    if (clock.now().getTime() < Date.parse(comparedAt) + compare * 1000) return undefined;
    const comparison = new Comparison(session, source, maxDeletedPercent);
    await comparison.prepare();
    return comparison;
  }

  private async takeBatch(
    lines: BatchLines,
    batch: {
      readonly position: bigint;
      readonly comparedAt: string | undefined;
      /** Ends the notes of what the batch brings. */
      readonly flush: () => Promise<void>;
    },
  ): Promise<void> {
    const { config, writer, source } = this.parts;
    const { spoolDirectory: directory, batchMaxBytes: maxBytes } = config.feeds;
    const file = await spool(Readable.from(lines.chunks()), { directory, maxBytes });
    try {
      await batch.flush();
      const { checkpoint } = lines;
      const { comparedAt } = batch;
      const receipt = await writer.take({
        ...{ feed: source.feed, sequence: batch.position, upTo: checkpoint?.upTo?.toISOString() },
        ...(source.base !== undefined && { base: source.base }),
        cursor: checkpoint && ({ source: checkpoint.cursor, comparedAt } satisfies FollowerCursor),
        file: { descriptor: file.descriptor, isCompressed: false, bytes: file.bytes },
      });
      if (!receipt.isNew) throw new OvertakenError();
    } finally {
      await file.close();
    }
  }

  private tell({ withheld }: Comparison): void {
    const { metrics, source } = this.parts;
    const { feed } = source;
    for (const type of source.listedTypes) metrics.withheld.set({ feed, type }, 0);
    for (const { type, missing, followed } of withheld) {
      metrics.withheld.set({ feed, type }, missing);
      this.logger.error(
        { feed, type, missing, followed },
        'the source lists so little that deletions are withheld: see FEED_MAX_DELETED_PERCENT',
      );
    }
  }
}
