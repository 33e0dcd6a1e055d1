import { Injectable } from '@nestjs/common';

import type { ResourceType } from '@app/fhir';

import type { Setting } from './clinical-snapshot';
import { ClinicalSource } from './clinical-source';
import { ASKED, BYTES_OF_PATIENTS, LINKS_OF_PATIENTS, rowsOf, sizeOf } from './statistics.sql';

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

/** Of a type that nothing is known of. */
export const NO_RESOURCES: TypeStatistics = { resources: 0, bytes: 0 };

/** An estimate that takes longer is not worth it. */
const ESTIMATE_MILLISECONDS = 3000;

/** Estimates for cutting exports and weighing progress. Never used to decide what is exported. */
@Injectable()
export class ClinicalStatistics {
  constructor(private readonly source: ClinicalSource) {}

  /** Size of a type. */
  async ofType(type: ResourceType): Promise<TypeStatistics> {
    return (await this.ofTypes([type])).get(type) ?? NO_RESOURCES;
  }

  /** Sizes of types, in one question: an export that is planned waits for the answer. */
  async ofTypes(
    types: readonly ResourceType[],
  ): Promise<ReadonlyMap<ResourceType, TypeStatistics>> {
    const asked = [...new Set(types)];
    const answers = await this.source.queryAll<Explained & Sampled>(
      asked.flatMap((type) => [rowsOf(type), sizeOf(type)]),
    );
    return new Map(
      asked.map((type, index) => {
        const [explained] = answers[2 * index] ?? [];
        const [sampled] = answers[2 * index + 1] ?? [];
        const resources = explained?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
        return [type, { resources, bytes: Math.ceil(resources * (sampled?.bytes ?? 0)) }];
      }),
    );
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
      BYTES_OF_PATIENTS,
      [types, since ?? '-infinity'],
      settingOf(patients),
    );
  }

  /** How many resources of each type patients are linked to, on average. @throws as ofPatients */
  async linksOf(
    patients: readonly string[],
    types: readonly ResourceType[],
  ): Promise<ReadonlyMap<ResourceType, number>> {
    const rows = await this.source.queryWithin<{ type: ResourceType; links: number }>(
      ESTIMATE_MILLISECONDS,
      LINKS_OF_PATIENTS,
      [types, patients.length],
      settingOf(patients),
    );
    return new Map(rows.map(({ type, links }) => [type, links]));
  }
}

function settingOf(patients: readonly string[]): Setting {
  return { name: ASKED, value: JSON.stringify(patients) };
}

interface Explained {
  readonly 'QUERY PLAN': [{ readonly Plan: { readonly 'Plan Rows': number } }];
}

interface Sampled {
  /** Of a resource, on average; null where there is none. */
  readonly bytes: number | null;
}
