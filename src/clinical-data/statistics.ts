import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import { ClinicalSource } from './clinical-source';

/** What the store holds of a type, roughly: from PostgreSQL's statistics and a sample. */
export interface TypeStatistics {
  readonly resources: number;
  /** Bytes of NDJSON of all of them. */
  readonly bytes: number;
}

/** Bytes of one type that one patient has. */
export interface PatientBytes {
  /** Index into the list of patients that was asked about. */
  readonly patient: number;
  readonly type: ResourceType;
  readonly bytes: number;
}

const SAMPLE = 200;
/** An estimate that takes longer is not worth it. */
const ESTIMATE_MILLISECONDS = 3000;

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

  /**
   * What patients have of the types that lie in their compartments, exactly; of each of a type, only
   * what is newer than `since`. Costs one look at the index, and the rows' headers, per patient.
   *
   * @throws an error of PostgreSQL when it would take more than three seconds
   */
  ofPatients(
    patients: readonly string[],
    types: readonly ResourceType[],
    since: string | undefined,
  ): Promise<readonly PatientBytes[]> {
    return this.source.queryWithin<{ patient: number; type: ResourceType; bytes: number }>(
      ESTIMATE_MILLISECONDS,
      `select (p.n - 1)::int as patient, owned.type, owned.bytes
       from unnest($1::text[]) with ordinality as p (id, n)
       cross join lateral (
         select r.type, sum(octet_length(r.content) + 1)::float8 as bytes
         from clinical.resource r
         where r.patient_id = p.id and r.type = any($2) and r.last_updated > $3
         group by r.type) owned`,
      [patients, types, since ?? '-infinity'],
    );
  }

  /** How many resources of each type patients are linked to, on average. @throws as ofPatients */
  async linksOf(
    patients: readonly string[],
    types: readonly ResourceType[],
  ): Promise<ReadonlyMap<ResourceType, number>> {
    const rows = await this.source.queryWithin<{ type: ResourceType; links: number }>(
      ESTIMATE_MILLISECONDS,
      `select l.target_type as type, count(*)::float8 / $3 as links
       from unnest($1::text[]) as p (id)
       join clinical.patient_link l on l.patient_id = p.id and l.target_type = any($2)
       group by l.target_type`,
      [patients, types, patients.length],
    );
    return new Map(rows.map(({ type, links }) => [type, links]));
  }

  private async estimatedRows(sql: string): Promise<number> {
    const [row] = await this.source.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
      `explain (format json) ${sql}`,
    );
    return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
  }
}
