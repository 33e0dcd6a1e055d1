import { Controller, Get, Inject, Param, Put, Query, Req, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';

import { type AppPrincipal, BearerGuard, CurrentApp, requireFeed } from '../../auth';
import { API_TAGS, BEARER_SCHEME, Clock, notFound } from '../../common';
import { type Config, CONFIG } from '../../config';
import { BatchSlots } from './batch-slots';
import type { BatchReceipt, ChangeBatch } from './change-batch';
import { toldFailure } from './feed-failures';
import { FeedWriter } from './feed-writer.service';
import { SequenceError } from './feed.errors';
import { ApiBatch, ApiFeed, ApiRejectedLines, ApiSendBatch } from './feeds.api';
import type { BatchView, FeedView, RejectedLinesView } from './feeds.dto';
import { Feeds } from './feeds.service';
import { batchView, feedView, rejectedLinesView, viewOf } from './feeds.view';
import { readAfter, readEncoding, readSequence, readUpTo } from './read-batch';
import { spool } from './spool';

type TracedRequest = Request & { readonly id: string };

const LINES_PER_PAGE = 1000;

/** The door for batches of changes: beside the FHIR base, for apps that are licensed to write. */
@ApiTags(API_TAGS.feeds)
@ApiBearerAuth(BEARER_SCHEME)
@Controller('feeds/:feed')
@UseGuards(BearerGuard)
export class FeedsController {
  // Nest asks for every dependency in the constructor.
  constructor(
    private readonly writer: FeedWriter,
    private readonly feeds: Feeds,
    private readonly slots: BatchSlots,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Pick<Config, 'feeds' | 'http'>,
  ) {}

  @Put('batches/:sequence')
  @ApiSendBatch()
  async send(
    @Param() { feed, sequence: number }: { readonly feed: string; readonly sequence: string },
    @Req() request: TracedRequest,
    @Res({ passthrough: true }) response: Response,
    @CurrentApp() app: AppPrincipal,
  ): Promise<BatchView> {
    requireFeed(app, feed);
    const sequence = readSequence(number);
    const isCompressed = readEncoding(request.headers) === 'gzip';
    const upTo = readUpTo(queryValues(request, 'upTo'), this.clock.now());
    this.slots.take(response);
    const by = { appId: app.appId, requestId: request.id };
    const receipt = await this.take(request, { feed, sequence, upTo, isCompressed, by });
    response.status(receipt.isNew ? 201 : 200).set('Location', this.urlOf(receipt));
    return batchView(receipt);
  }

  @Get()
  @ApiFeed()
  async show(@Param('feed') name: string, @CurrentApp() app: AppPrincipal): Promise<FeedView> {
    requireFeed(app, name);
    const feed = await this.feeds.find(name);
    const rejected = await this.feeds.rejectedCount(name);
    return feedView(name, feed, { rejected, now: this.clock.now() });
  }

  @Get('batches/:sequence')
  @ApiBatch()
  async showBatch(
    @Param() { feed, sequence: number }: { readonly feed: string; readonly sequence: string },
    @CurrentApp() app: AppPrincipal,
  ): Promise<BatchView> {
    requireFeed(app, feed);
    const batch = await this.feeds.batch(feed, readSequence(number));
    if (!batch) throw notFound(NO_SUCH_BATCH);
    return viewOf(batch);
  }

  @Get('batches/:sequence/rejected')
  @ApiRejectedLines()
  async showRejected(
    @Param() { feed, sequence: number }: { readonly feed: string; readonly sequence: string },
    @Query('after') given: unknown,
    @CurrentApp() app: AppPrincipal,
  ): Promise<RejectedLinesView> {
    requireFeed(app, feed);
    const sequence = readSequence(number);
    if (!(await this.feeds.batch(feed, sequence))) throw notFound(NO_SUCH_BATCH);
    const page = { sequence, after: readAfter(given), limit: LINES_PER_PAGE };
    const lines = await this.feeds.rejectedLines(feed, page);
    const url = `${this.urlOf({ feed, sequence })}/rejected`;
    return rejectedLinesView(lines, { url, isFull: lines.length === LINES_PER_PAGE });
  }

  private async take(
    request: Request,
    { isCompressed, ...batch }: Omit<ChangeBatch, 'file'> & { readonly isCompressed: boolean },
  ): Promise<BatchReceipt> {
    const { spoolDirectory, batchMaxBytes } = this.config.feeds;
    try {
      await this.refuseGap(batch.feed, batch.sequence);
      const limits = { directory: spoolDirectory, maxBytes: batchMaxBytes };
      const { close, ...file } = await spool(request, limits);
      try {
        return await this.writer.take({ ...batch, file: { ...file, isCompressed } });
      } finally {
        await close();
      }
    } catch (error) {
      throw toldFailure(error, 'batch');
    }
  }

  /** Before the batch is read: what cannot be taken in need not arrive. */
  private async refuseGap(feed: string, sequence: bigint): Promise<void> {
    const position = await this.feeds.position(feed);
    if (sequence > position + 1n) throw new SequenceError(feed, position + 1n);
  }

  private urlOf({ feed, sequence }: Pick<BatchReceipt, 'feed' | 'sequence'>): string {
    return `${this.config.http.publicUrl}/feeds/${feed}/batches/${sequence}`;
  }
}

const NO_SUCH_BATCH =
  'No such batch of this feed is on record: it has not come yet, or was followed by ten thousand others.';

function queryValues({ originalUrl }: Request, name: string): readonly string[] {
  return new URL(originalUrl, 'http://localhost').searchParams.getAll(name);
}
