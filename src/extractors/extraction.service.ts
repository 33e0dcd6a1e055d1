import { Inject, Injectable } from '@nestjs/common';
import type { QueryResultRow } from 'pg';

import type { ResourceType } from '@app/fhir';
import { BlockFiles, type FileLimits, NO_LIMITS } from '@app/ndjson';

import { ClinicalSource, type CopyRequest, type LineSink, ReadReplica } from '../clinical-data';
import type { EstimatedType } from '../cohort';
import { withinStatementTime } from '../common';
import { type Config, CONFIG } from '../config';
import { BLOCK_HEADER } from './blocks';
import { ExtractorRegistry } from './extractor-registry';
import {
  type CountStatement,
  type PartContent,
  PartContentQueries,
  type Statement,
} from './part-content';
import type { PartOutput } from './part-reader';
import type { ExportScope } from './resource-extractor';
import { counting } from './sql';

/** Rows that hold nothing. */
export interface BadRows {
  readonly count: number;
  /** Of the resource, when it is one. */
  readonly onlyId: string | undefined;
}

/** Where the lines of a part go. */
export interface Output {
  readonly files: LineSink;
  readonly limits: FileLimits;
  /** Leave out rows without content, which no line can be made of. */
  readonly onlyReadable: boolean;
  /** See PartOutput. */
  readonly enter?: PartOutput['enter'] | undefined;
}

/** Extraction as the export jobs see it: copy and count. */
@Injectable()
export class Extraction {
  private readonly queries: PartContentQueries;

  constructor(
    private readonly registry: ExtractorRegistry,
    private readonly source: ClinicalSource,
    private readonly replica: ReadReplica,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.queries = new PartContentQueries(registry, config.http.fhirBase);
  }

  /** See ExtractorRegistry.estimated. */
  estimated(types: readonly ResourceType[]): readonly EstimatedType[] {
    return this.registry.estimated(types);
  }

  /**
   * A statement of `patient_id`: the members of a job's frozen cohort whose Patient, as it was at an instant,
   * matches one of some searches; without searches all members.
   */
  frozenMembers(jobId: string, at: string, searches: readonly string[] | undefined): Statement {
    return this.queries.members(jobId, at, searches);
  }

  /**
   * Copies what `content` gives of `scope` to `files`. Of blocks, files are cut between two of them
   * only. See ClinicalSource.copyLines for failures. A replica is read when the scope names a position.
   */
  async copy(
    content: PartContent,
    scope: ExportScope,
    { files, limits, onlyReadable, enter }: Output,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = (): void => enter?.('statement');
    enter?.(scope.plan.replicaPosition === undefined ? 'connection' : 'replica');
    const statement = this.queries.lines(content, scope, onlyReadable);
    if (content.kind !== 'blocks') {
      await this.read({ ...statement, begun, files, limits }, scope, signal);
      return;
    }
    const whole = new BlockFiles(files, BLOCK_HEADER, limits);
    await this.read({ ...statement, begun, files: whole, limits: NO_LIMITS }, scope, signal);
    await whole.end();
  }

  /** SQL of the lines, as they go to files, that a SELECT of a type's stored texts gives. */
  lines(type: ResourceType, select: string): string {
    return this.queries.lined(type, select);
  }

  /** The statement that gives the lines of `content`, and how PostgreSQL would run it on such a session. */
  async explain(
    content: PartContent,
    scope: ExportScope,
  ): Promise<{ readonly select: string; readonly plan: readonly string[] }> {
    const { select, setting } = this.queries.lines(content, scope, false);
    const rows = await this.source.queryWithin<{ 'QUERY PLAN': string }>(
      this.config.export.statementTime * 1000,
      `explain ${select}`,
      [],
      setting,
    );
    return { select, plan: rows.map((row) => row['QUERY PLAN']) };
  }

  /**
   * A statement of `count`, of the resources that a scope of all buckets gives of a type: by another way than
   * parts go, where there is one.
   */
  counted(type: ResourceType, scope: ExportScope): CountStatement {
    return this.queries.counted(type, scope);
  }

  /** A statement of `resources` and `bytes`, of the lines that a scope gives of a type as they go to files. */
  measured(type: ResourceType, scope: ExportScope): Statement {
    const { select, ...setting } = this.queries.lines({ kind: 'resources', type }, scope, false);
    return {
      select: `select count(*) as resources, coalesce(sum(octet_length(l.line) + 1), 0) as bytes from (${select}) as l (line)`,
      ...setting,
    };
  }

  /** A statement of `count`, of the lines that blocks hold of all their types. */
  countedBlocks(content: Extract<PartContent, { kind: 'blocks' }>, scope: ExportScope): Statement {
    const { select, ...setting } = this.queries.stored(content, scope);
    return { select: counting(select), ...setting };
  }

  /** The number of lines that `content` gives of `scope`. */
  async count(content: PartContent, scope: ExportScope): Promise<number> {
    return this.countOf(this.queries.stored(content, scope));
  }

  /** The rows of `scope` that hold nothing. */
  async badRows(content: PartContent, scope: ExportScope): Promise<BadRows> {
    const rows = await this.summary<{ count: string; id: string | null }>(
      this.queries.unreadable(content, scope),
      'count(*) as count, min(id) as id',
    );
    const count = Number(rows?.count ?? 0);
    return { count, onlyId: count === 1 ? (rows?.id ?? undefined) : undefined };
  }

  private async read(
    request: CopyRequest,
    { plan: { replicaPosition } }: ExportScope,
    signal: AbortSignal,
  ): Promise<void> {
    if (replicaPosition !== undefined) {
      if (await this.replica.copy(request, replicaPosition, signal)) return;
    }
    await this.source.copy(request, signal);
  }

  private async countOf(statement: Statement): Promise<number> {
    return Number((await this.summary<{ count: string }>(statement))?.count ?? 0);
  }

  private async summary<T extends QueryResultRow>(
    { select, setting }: Statement,
    columns?: string,
  ): Promise<T | undefined> {
    const { statementTime } = this.config.export;
    const summary = counting(select, columns);
    const [row] = await withinStatementTime(statementTime, () =>
      this.source.queryWithin<T>(statementTime * 1000, summary, [], setting),
    );
    return row;
  }
}
