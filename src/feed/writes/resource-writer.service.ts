import { Inject, Injectable } from '@nestjs/common';

import { FhirError, RETRY_SOON } from '../../common';
import { type Config, CONFIG } from '../../config';
import { toldFailure } from '../batches/feed-failures';
import { withWriter } from '../with-writer';
import { keyOf, type ResourceWrite, type WriteResult } from './resource-write';
import { runPass } from './write-pass';

interface Waiting {
  readonly write: ResourceWrite;
  readonly resolve: (result: WriteResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Of one pass; what waits beyond goes with the next. */
const PASS_WRITES = 1000;
const PASS_BYTES = 16 * 1024 ** 2;
/** Of all writes that wait in this process. */
const WAITING_BYTES = 128 * 1024 ** 2;

/**
 * Takes single resources into the store. Those that arrive while others are being written go together
 * with the next pass, in one transaction: a commit costs the same for one and for many.
 */
@Injectable()
export class ResourceWriter {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private isRunning = false;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'database' | 'feeds' | 'http'>,
  ) {}

  /**
   * Writes a resource.
   *
   * @returns what became of it, after the commit
   * @throws FhirError 503 while another writer is at work all the time; 429 when too much is waiting; what
   *   PostgreSQL says. Nothing was written then, unless the connection was lost in the middle of the commit.
   */
  write(write: ResourceWrite): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      const bytes = bytesOf(write);
      if (this.waitingBytes + bytes > WAITING_BYTES) throw tooMuch();
      this.waitingBytes += bytes;
      this.waiting.push({ write, resolve, reject });
      if (!this.isRunning) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.isRunning = true;
    // Requests that arrived at the same moment go together.
    await new Promise(setImmediate);
    while (this.waiting.length > 0) await this.runOnce();
    this.isRunning = false;
  }

  private async runOnce(): Promise<void> {
    const pass: readonly Waiting[] = this.nextPass();
    try {
      const results = await this.runTogether(pass.map(({ write }) => write));
      for (const [index, { resolve }] of pass.entries()) {
        const result = results[index];
        if (result) resolve(result);
      }
    } catch (error) {
      for (const { reject } of pass) reject(toldFailure(error, 'resource'));
    }
  }

  /** The oldest, each resource once: of two writes of one resource the second finds what the first has done. */
  private nextPass(): readonly Waiting[] {
    const keys = new Set<string>();
    const pass: Waiting[] = [];
    const rest: Waiting[] = [];
    let bytes = 0;
    for (const one of this.waiting) {
      const key = keyOf(one.write);
      const isFull = pass.length >= PASS_WRITES || bytes > PASS_BYTES;
      if (isFull || keys.has(key)) rest.push(one);
      else {
        pass.push(one);
        bytes += bytesOf(one.write);
      }
      keys.add(key);
    }
    this.waiting = rest;
    this.waitingBytes -= bytes;
    return pass;
  }

  private runTogether(writes: readonly ResourceWrite[]): Promise<readonly WriteResult[]> {
    const { database, feeds, http } = this.config;
    const { spoolDirectory, lineMaxBytes } = feeds;
    return withWriter(database.url, { patience: feeds.writerPatience * 1000 }, (sessions) =>
      runPass(sessions, writes, { fhirBase: http.fhirBase, spoolDirectory, lineMaxBytes }),
    );
  }
}

function bytesOf({ line }: ResourceWrite): number {
  return (line?.length ?? 0) + 200;
}

function tooMuch(): FhirError {
  return new FhirError(
    'Too many resources are waiting to be written. Send it again, as Retry-After says.',
    {
      ...{ status: 429, code: 'throttled', headers: RETRY_SOON },
    },
  );
}
