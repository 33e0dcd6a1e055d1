import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';

import { RESOURCE_TYPES, shown } from '@app/fhir';

import { FhirError, notFound } from '../../common';
import { Extraction } from '../../extractors';
import type { ClaimedPart } from '../persistence/job-record';
import { JobRow } from '../persistence/job.entity';
import { PartRow } from '../persistence/part.entity';
import { isJobId } from '../urls';
import { portionOf, scopeOf } from '../worker/part-scope';
import { hideLiterals } from './hidden-literals';
import { noSuchExport } from './no-such-export';

/** How PostgreSQL would read a part. Literals are hidden, but for types, the export's id and its instants. */
export interface ExplainedPart {
  readonly part: string;
  readonly sql: string;
  readonly plan: readonly string[];
}

/** Explains parts to operators. Nothing is run, and nothing of patients is told. */
@Injectable()
export class PartPlans {
  constructor(
    @InjectRepository(JobRow) private readonly jobs: Repository<JobRow>,
    @InjectRepository(PartRow) private readonly parts: Repository<PartRow>,
    private readonly extraction: Extraction,
  ) {}

  /**
   * The largest part of a type, as it is read from rows: packed segments are copied beside that.
   *
   * @param type of resources; `deleted` or `blocks` for parts of these kinds
   * @throws FhirError 404 for an unknown export or a type that it has no part of, 409 before it is planned
   */
  async explain(id: string, type: string): Promise<ExplainedPart> {
    const job = isJobId(id) ? await this.jobs.findOneBy({ id }) : null;
    if (!job) throw noSuchExport();
    const { transactionTime } = job;
    if (transactionTime === undefined) throw notPlanned();
    const row = await this.largest(id, type);
    const { select, plan } = await this.extraction.explain(...askedBy(row, job, transactionTime));
    const { since, until } = job.parameters;
    const known = [...RESOURCE_TYPES, id, transactionTime, since, until, 'infinity'];
    const harmless = new Set(known.filter((literal) => literal !== undefined));
    return {
      part: row.id,
      sql: hideLiterals(select, harmless),
      plan: plan.map((line) => hideLiterals(line, harmless)),
    };
  }

  private async largest(jobId: string, type: string): Promise<PartRow> {
    const order = { estimatedBytes: 'desc', id: 'asc' } as const;
    const where = [
      { jobId, type, kind: 'resources' },
      { jobId, kind: type },
    ] as never;
    const row = await this.parts.findOne({ where, order });
    if (row) return row;
    const held = await this.parts.find({ select: { type: true, kind: true }, where: { jobId } });
    const names = held.map((part) => (part.kind === 'resources' ? part.type : part.kind));
    throw notFound(
      `The export has no part of "${shown(type, 64)}". It has ${[...new Set(names)].sort().join(', ') || 'no parts'}.`,
    );
  }
}

function askedBy(
  { id, jobId, kind, type, slotFrom, slotTo, fence, attempts }: PartRow,
  { appId, level, parameters, cohortShare }: JobRow,
  transactionTime: string,
): Parameters<Extraction['explain']> {
  const own = { id, jobId, kind, type, slotFrom, slotTo, fence, attempts };
  const part: ClaimedPart = { ...own, appId, level, parameters, cohortShare, transactionTime };
  return [portionOf(part), scopeOf(part)];
}

function notPlanned(): FhirError {
  const why = 'The export is not planned yet: it has no parts, and its cohort is not frozen.';
  return new FhirError(why, { status: 409, code: 'conflict' });
}
