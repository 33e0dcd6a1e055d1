import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { ClinicalSource } from './clinical-source';

/** What the store holds of a type, roughly: from PostgreSQL's statistics and a sample. */
export interface TypeStatistics {
  readonly resources: number;
  /** Bytes of NDJSON of all of them. */
  readonly bytes: number;
}

const SAMPLE = 200;

/** Estimates for cutting exports and weighing progress. Never used to decide what is exported. */
@Injectable()
export class ClinicalStatistics {
  constructor(private readonly source: ClinicalSource) {}

  /** Sizes of a type, tables and views alike. */
  async ofType(type: ResourceType): Promise<TypeStatistics> {
    const resources = await this.estimatedRows(
      `select 1 from clinical.resource where type = '${type}'`,
    );
    const [sample] = await this.source.query<{ bytes: number | null }>(
      `select avg(octet_length(content) + 1)::float8 as bytes
       from (select content from clinical.resource where type = $1 limit ${SAMPLE}) as sample`,
      [type],
    );
    return { resources, bytes: Math.ceil(resources * (sample?.bytes ?? 0)) };
  }

  private async estimatedRows(sql: string): Promise<number> {
    const [row] = await this.source.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `explain (format json) ${sql}`,
    );
    return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
  }
}
