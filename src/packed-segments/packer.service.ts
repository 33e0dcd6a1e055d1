import { setTimeout as delay } from 'node:timers/promises';

import { Inject, Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { ResourceType } from '@app/fhir';

import { ClinicalStatistics, TransactionTimes } from '../clinical-data';
import { type Config, CONFIG } from '../config';
import { CHANGES_ARE_NOTED } from './changes-are-noted.sql';
import { lineForm } from './line-form';
import { CUTTING_LOCK, LOCK, PACKING_LOCK, TRY_LOCK } from './locks.sql';
import { isPackable } from './packable';
import { EXPORTS_RUN, SETTLED } from './packer.sql';
import { PackingMetrics } from './packing-metrics';
import { RangePacker } from './range-packer.service';
import { FIRST_RANGES, FORGET_NOTES, surveyOf } from './survey.sql';

/** One signal packs for this long at most: the next one, of whatever type, is not kept waiting. */
const TURN_MILLISECONDS = 20_000;
/** Bytes of a range that is cut without being looked at. */
const FIRST_RANGE_BYTES = 8 << 20;
/** While exports run, packing rests this many times as long as it works. */
const REST_FACTOR = 4;

/** Keeps the segments of a type up to date. */
@Injectable()
export class Packer {
  private readonly logger = new Logger(Packer.name);

  constructor(
    private readonly dataSource: DataSource,
    private readonly times: TransactionTimes,
    private readonly statistics: ClinicalStatistics,
    private readonly ranges: RangePacker,
    private readonly metrics: PackingMetrics,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * Looks for what was written since the last time and packs what is due, for a while. Idempotent; any
   * number may work on the same type at once. Nothing is packed while changes are not noted.
   *
   * @returns how many segments of the type are due still: the time was over, or others are at work on them
   */
  async pack(type: ResourceType, signal: AbortSignal): Promise<number> {
    if (!isPackable(type) || !(await this.changesAreNoted())) return 0;
    const asOf = await this.settledInstant(signal);
    await this.cut(type);
    await this.survey(type, asOf);
    const packed = await this.packDue(type, asOf, signal);
    await this.forgetNotes();
    if (packed > 0) this.logger.log({ type, ranges: packed }, 'patients packed');
    return this.metrics.measure(type);
  }

  /** False while a trigger that notes changes is missing or disabled. */
  async changesAreNoted(): Promise<boolean> {
    const [row] = await this.dataSource.query<{ noted: boolean }[]>(CHANGES_ARE_NOTED);
    return row?.noted === true;
  }

  /** Rows are packed once they have rested for a while: what is being written will change again. */
  private async settledInstant(signal: AbortSignal): Promise<string> {
    const visible = await this.times.choose(signal);
    const [row] = await this.dataSource.query<{ instant: string }[]>(SETTLED, [
      visible,
      this.config.packing.settle,
    ]);
    return row?.instant ?? visible;
  }

  private async cut(type: ResourceType): Promise<void> {
    const { bytes } = await this.statistics.ofType(type);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(LOCK, [CUTTING_LOCK]);
      await manager.query(FIRST_RANGES, [type, Math.max(1, Math.ceil(bytes / FIRST_RANGE_BYTES))]);
    });
  }

  private async survey(type: ResourceType, asOf: string): Promise<void> {
    const { key } = lineForm(type, this.config);
    const { markDue, somethingWritten, advance } = surveyOf(type);
    await this.dataSource.query(markDue, [type, asOf, key, this.config.packing.rest]);
    const [row] = await this.dataSource.query<{ written: boolean }[]>(somethingWritten, [
      type,
      asOf,
    ]);
    if (row?.written) await this.dataSource.query(advance, [type, asOf]);
  }

  private async packDue(type: ResourceType, asOf: string, signal: AbortSignal): Promise<number> {
    const end = performance.now() + TURN_MILLISECONDS;
    for (let packed = 0; ; packed++) {
      signal.throwIfAborted();
      const begun = performance.now();
      if (begun > end || !(await this.ranges.packNext(type, asOf))) return packed;
      await this.giveWay(performance.now() - begun, signal);
    }
  }

  /** Exports come first. */
  private async giveWay(milliseconds: number, signal: AbortSignal): Promise<void> {
    const [row] = await this.dataSource.query<{ busy: boolean }[]>(EXPORTS_RUN);
    if (row?.busy) await delay(milliseconds * REST_FACTOR, undefined, { signal });
  }

  private async forgetNotes(): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const [row] = await manager.query<{ alone: boolean }[]>(TRY_LOCK, [PACKING_LOCK]);
      if (row?.alone) await manager.query(FORGET_NOTES);
    });
  }
}
