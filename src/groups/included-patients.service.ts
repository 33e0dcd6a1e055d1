import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { ClinicalSource } from '../clinical-data';
import { Clock, FhirError } from '../common';
import { queryUnlogged } from '../database';
import type { GroupRecord } from './group';
import { GroupDirectory } from './group-directory.service';
import { SegmentMembers } from './segment/segment-members.service';

const MAX_PATIENTS = 1000;
const MAX_BYTES = 33_554_432;
const BATCH_BYTES = 4_194_304;

/** A Patient resource as it is stored, byte for byte. */
export interface PatientText {
  readonly id: string;
  readonly content: string;
}

/** The patients that go along with a page of groups. */
export interface IncludedPatients {
  /** True when there are more than one answer may hold. */
  readonly cut: boolean;
  /** Reads them a few at a time. */
  texts(): AsyncGenerator<PatientText>;
}

interface Size {
  readonly id: string;
  readonly bytes: number;
}

/** Reads the Patient resources of groups' members, those who belong to the groups now. */
@Injectable()
export class IncludedPatientsReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clinical: ClinicalSource,
    private readonly directory: GroupDirectory,
    private readonly segments: SegmentMembers,
    private readonly clock: Clock,
  ) {}

  async of(groupIds: readonly string[]): Promise<IncludedPatients> {
    const members = await this.members(groupIds);
    const sizes = await this.read<Size>(SIZES, members.slice(0, MAX_PATIENTS));
    const batches = batchesWithin(sizes);
    const kept = batches.reduce((sum, batch) => sum + batch.length, 0);
    return {
      cut: members.length > MAX_PATIENTS || kept < sizes.length,
      texts: () => this.texts(batches),
    };
  }

  /** Distinct ids, at most one more than an answer holds. */
  private async members(groupIds: readonly string[]): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const groupId of groupIds) {
      const group = await this.directory.find(groupId);
      if (group === undefined) continue;
      for (const id of await this.membersOf(group)) found.add(id);
      if (found.size > MAX_PATIENTS) break;
    }
    return [...found];
  }

  /** Nobody for a group that cannot be resolved: the search says so where it shows the group. */
  private async membersOf(group: GroupRecord): Promise<readonly string[]> {
    try {
      if (group.source !== 'segment') return await this.listed(group);
      return (await this.segments.of(group)).ids.slice(0, MAX_PATIENTS + 1);
    } catch (error) {
      if (error instanceof FhirError && error.status !== 503) return [];
      throw error;
    }
  }

  private async listed(group: GroupRecord): Promise<readonly string[]> {
    const now = this.clock.present().toISOString();
    const { sql, parameters } = await this.directory.cohortQuery(group, now);
    const rows = await queryUnlogged<{ patient_id: string }>(
      this.dataSource,
      `select patient_id from (${sql}) cohort order by patient_id limit ${MAX_PATIENTS + 1}`,
      parameters,
    );
    return rows.map((row) => row.patient_id);
  }

  private async *texts(batches: readonly (readonly string[])[]): AsyncGenerator<PatientText> {
    for (const batch of batches) yield* await this.read<PatientText>(CONTENTS, batch);
  }

  private read<T extends object>(sql: string, ids: readonly string[]): Promise<readonly T[]> {
    return this.clinical.queryWith<T>({ name: WANTED, value: JSON.stringify(ids) }, sql);
  }
}

/** Batches small enough to be in memory, as many as one answer may hold. */
function batchesWithin(sizes: readonly Size[]): readonly (readonly string[])[] {
  const batches: string[][] = [];
  let [total, inBatch] = [0, 0];
  for (const { id, bytes } of sizes) {
    total += bytes;
    if (total > MAX_BYTES) break;
    inBatch += bytes;
    const current = batches.at(-1);
    if (current === undefined || inBatch > BATCH_BYTES) {
      batches.push([id]);
      inBatch = bytes;
    } else current.push(id);
  }
  return batches;
}

/** The setting that holds the ids of the patients who are read. */
const WANTED = 'bulk_data.wanted';

const AMONG_WANTED = `id = any(array(
  select jsonb_array_elements_text(current_setting('${WANTED}')::jsonb)))`;

const SIZES = `
  select id, octet_length(content) as bytes
  from clinical.resource
  where type = 'Patient' and ${AMONG_WANTED}
  order by id`;

const CONTENTS = `
  select id, content
  from clinical.resource
  where type = 'Patient' and ${AMONG_WANTED}
  order by id`;
