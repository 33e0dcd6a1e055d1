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
import { deletions } from './deletions';
import { withElements } from './elements';
import { ExtractorRegistry } from './extractor-registry';
import type { ExportScope } from './resource-extractor';
import { time } from './sql';

/** What a part of an export gives: the resources of a type, or what has become of several. */
export type Portion =
  | { readonly kind: 'resources'; readonly type: ResourceType }
  | { readonly kind: 'deleted'; readonly types: readonly ResourceType[] };

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

  /**
   * A query of `patient_id`: every patient who was deleted between two instants, and is not there
   * again. In a form for queries that take no parameters.
   */
  departed(since: string, at: string): string {
    return `
      select v.id as patient_id from clinical.resource_history v
      where v.type = 'Patient' and v.deleted and v.last_updated > ${time(since)}
        and v.last_updated <= ${time(at)} and v.superseded_at > ${time(at)}`;
  }

  /** Copies what `portion` gives of `scope` to `files`. See ClinicalSource.copyLines for failures. */
  copy(portion: Portion, scope: ExportScope, output: Output, signal: AbortSignal): Promise<void> {
    const { files, limits, onlyReadable } = output;
    const stored = this.select(portion, scope);
    const lines = onlyReadable ? readable(stored) : stored;
    const select = portion.kind === 'resources' ? this.shaped(lines, portion.type, scope) : lines;
    return this.source.copyLines(select, files, limits, signal);
  }

  /** The number of lines that `portion` gives of `scope`. */
  count(portion: Portion, scope: ExportScope): Promise<number> {
    return this.countOf(this.select(portion, scope));
  }

  /** The number of rows of `scope` that hold nothing. */
  countBadRows(portion: Portion, scope: ExportScope): Promise<number> {
    return this.countOf(`${rows(this.select(portion, scope))} where coalesce(content, '') = ''`);
  }

  private select(portion: Portion, given: ExportScope): string {
    const scope = { ...given, fhirBase: this.config.http.fhirBase };
    if (portion.kind === 'resources') return this.registry.get(portion.type).select(scope);
    if (scope.since === undefined) throw new Error('Deletions are given since an instant only.');
    const asked = { ...scope, since: scope.since, types: portion.types };
    return deletions(asked, (type) => this.registry.get(type));
  }

  private shaped(lines: string, type: ResourceType, { elements }: ExportScope): string {
    const { fhirBase } = this.config.http;
    const each = (select: string, text: string): string =>
      text === COLUMN ? select : `select ${text} from (${select}) as line (content)`;
    const kept = each(lines, withElements(COLUMN, type, elements));
    return each(kept, withAbsoluteUrls(COLUMN, type, fhirBase));
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

const COLUMN = 'line.content';

const EVERYONE = `
  select v.id as patient_id
  from clinical.resource v
  where v.type = 'Patient' and v.last_updated <= $1::timestamptz
  union all
  select v.id
  from clinical.resource_history v
  where v.type = 'Patient' and v.last_updated <= $1::timestamptz
    and v.superseded_at > $1::timestamptz and not v.deleted`;
