import { Inject, Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';
import type { FileLimits, NdjsonFiles } from '@app/ndjson';

import {
  ClinicalSource,
  ClinicalStatistics,
  TransactionTimes,
  type TypeStatistics,
} from '../clinical-data';
import { type Config, CONFIG } from '../config';
import { withAbsoluteUrls } from './attachments';
import { ExtractorRegistry } from './extractor-registry';
import type { ExportScope } from './resource-extractor';

/** Where the lines of a part go. */
export interface Output {
  readonly files: NdjsonFiles;
  readonly limits: FileLimits;
  /** Leave out rows without content, which no line can be made of. */
  readonly onlyReadable: boolean;
}

/** Extraction as the export jobs see it: choose an instant, estimate, copy. */
@Injectable()
export class Extraction {
  constructor(
    private readonly registry: ExtractorRegistry,
    private readonly source: ClinicalSource,
    private readonly statistics: ClinicalStatistics,
    private readonly times: TransactionTimes,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** See TransactionTimes.choose. */
  chooseTransactionTime(signal: AbortSignal): Promise<string> {
    return this.times.choose(signal);
  }

  /**
   * A query of `patient_id`: every patient that exists at an instant. What is left of patients who
   * were deleted, or were never loaded, is nobody's.
   */
  everyone(at: string): { readonly sql: string; readonly parameters: readonly unknown[] } {
    return { sql: EVERYONE, parameters: [at] };
  }

  /** What the store holds of a type, roughly. */
  statisticsOf(type: ResourceType): Promise<TypeStatistics> {
    return this.statistics.ofType(type);
  }

  /** Copies the resources of `scope` to `files`. See ClinicalSource.copyLines for failures. */
  copy(type: ResourceType, scope: ExportScope, output: Output, signal: AbortSignal): Promise<void> {
    const { files, limits, onlyReadable } = output;
    const stored = this.registry.get(type).select(scope);
    const lines = onlyReadable ? readable(stored) : stored;
    const select = withAbsoluteUrls(lines, type, this.config.http.fhirBase);
    return this.source.copyLines(select, files, limits, signal);
  }

  /** The number of resources of `scope`. */
  count(type: ResourceType, scope: ExportScope): Promise<number> {
    return this.countOf(this.registry.get(type).select(scope));
  }

  /** The number of rows of `scope` that hold nothing. */
  countBadRows(type: ResourceType, scope: ExportScope): Promise<number> {
    return this.countOf(
      `${rows(this.registry.get(type).select(scope))} where coalesce(content, '') = ''`,
    );
  }

  private async countOf(select: string): Promise<number> {
    const [row] = await this.source.query<{ count: string }>(
      `select count(*) from (${select}) as counted`,
    );
    return Number(row?.count ?? 0);
  }
}

function rows(select: string): string {
  return `select content from (${select}) as rows (content)`;
}

function readable(select: string): string {
  return `${rows(select)} where content <> ''`;
}

const EVERYONE = `
  select v.id as patient_id
  from clinical.resource v
  where v.type = 'Patient' and v.last_updated <= $1::timestamptz
  union all
  select v.id
  from clinical.resource_history v
  where v.type = 'Patient' and v.last_updated <= $1::timestamptz
    and v.superseded_at > $1::timestamptz and not v.deleted`;
