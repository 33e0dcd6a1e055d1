import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';
import type { FileLimits, NdjsonFiles } from '@app/ndjson';

import {
  ClinicalSource,
  ClinicalStatistics,
  TransactionTimes,
  type TypeStatistics,
} from '../clinical-data';
import { ExtractorRegistry } from './extractor-registry';
import type { ExportScope } from './resource-extractor';

/** Extraction as the export jobs see it: choose an instant, estimate, copy. */
@Injectable()
export class Extraction {
  constructor(
    private readonly registry: ExtractorRegistry,
    private readonly source: ClinicalSource,
    private readonly statistics: ClinicalStatistics,
    private readonly times: TransactionTimes,
  ) {}

  /** See TransactionTimes.choose. */
  chooseTransactionTime(signal: AbortSignal): Promise<string> {
    return this.times.choose(signal);
  }

  /** What the store holds of a type, roughly. */
  statisticsOf(type: ResourceType): Promise<TypeStatistics> {
    return this.statistics.ofType(type);
  }

  /** Copies the resources of `scope` to `files`. See ClinicalSource.copyLines for failures. */
  copy(
    type: ResourceType,
    scope: ExportScope,
    output: { readonly files: NdjsonFiles; readonly limits: FileLimits },
    signal: AbortSignal,
  ): Promise<void> {
    const select = this.registry.get(type).select(scope);
    return this.source.copyLines(select, output.files, output.limits, signal);
  }
}
