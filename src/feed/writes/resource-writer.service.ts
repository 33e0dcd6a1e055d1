import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';

import { FhirError, RETRY_SOON } from '../../common';
import { type Config, CONFIG } from '../../config';
import { toldFailure } from '../batches/feed-failures';
import { KeptWriter } from '../kept-writer';
import type { WriteResult } from './resource-write';
import { runPass, type UnitResult } from './write-pass';
import type { WriteUnit } from './write-unit';

interface Waiting {
  readonly unit: WriteUnit;
  readonly resolve: (results: readonly WriteResult[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Of one pass; what waits beyond goes with the next. */
const PASS_WRITES = 1000;
const PASS_BYTES = 16 * 1024 ** 2;
/** Of all writes that wait in this process. */
const WAITING_BYTES = 128 * 1024 ** 2;

/**
 * Takes single resources and transactions into the store. Requests that arrive while others are being
 * written go together with the next pass, in one transaction: a commit costs the same for one and for many.
 */
@Injectable()
export class ResourceWriter implements OnModuleDestroy {
  private readonly writer: KeptWriter;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private isRunning = false;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'database' | 'feeds' | 'http'>,
  ) {
    this.writer = new KeptWriter(config.database.url);
  }

  async onModuleDestroy(): Promise<void> {
    await this.writer.close();
  }

  /**
   * Writes what one request wants written, all of it or nothing, and puts it on record.
   *
   * @returns what became of each of its writes, after the commit
   * @throws FhirError when they cannot be made out; 503 while another writer is at work all the time; 429
   *   when too much is waiting; what PostgreSQL says. Nothing was written then, unless the connection was
   *   lost in the middle of the commit.
   */
  write(unit: WriteUnit): Promise<readonly WriteResult[]> {
    return new Promise((resolve, reject) => {
      const bytes = bytesOf(unit);
      if (this.waitingBytes + bytes > WAITING_BYTES) throw tooMuch();
      this.waitingBytes += bytes;
      this.waiting.push({ unit, resolve, reject });
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
      const results = await this.runTogether(pass.map(({ unit }) => unit));
      for (const [index, { resolve, reject }] of pass.entries()) {
        const result = results[index] ?? [];
        if (result instanceof FhirError) reject(result);
        else resolve(result);
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
    let [bytes, writes] = [0, 0];
    for (const one of this.waiting) {
      const { unit } = one;
      const isFull = writes >= PASS_WRITES || bytes > PASS_BYTES || pass[0]?.unit.isAlone;
      const isApart = unit.isAlone && pass.length > 0;
      if (isFull || isApart || unit.keys.some((key) => keys.has(key))) rest.push(one);
      else {
        pass.push(one);
        bytes += bytesOf(unit);
        writes += unit.keys.length;
      }
      for (const key of unit.keys) keys.add(key);
    }
    this.waiting = rest;
    this.waitingBytes -= bytes;
    return pass;
  }

  private runTogether(units: readonly WriteUnit[]): Promise<readonly UnitResult[]> {
    const { feeds, http } = this.config;
    const { spoolDirectory, lineMaxBytes } = feeds;
    return this.writer.use({ patience: feeds.writerPatience * 1000 }, (sessions) =>
      runPass(sessions, units, { fhirBase: http.fhirBase, spoolDirectory, lineMaxBytes }),
    );
  }
}

function bytesOf({ bytes, keys }: WriteUnit): number {
  return bytes + keys.length * 200;
}

function tooMuch(): FhirError {
  return new FhirError(
    'Too many resources are waiting to be written. Send it again, as Retry-After says.',
    {
      ...{ status: 429, code: 'throttled', headers: RETRY_SOON },
    },
  );
}
