import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import type { DataSource } from 'typeorm';

import type { ResourceType } from '../../libs/fhir/src';
import type { ByteSink } from '../../libs/ndjson/src';
import { TransactionTimes } from '../../src/clinical-data';
import { ALL_BUCKETS, COHORT_BUCKETS } from '../../src/cohort';
import { type ExportScope, Extraction, PART_READER, type PartReader } from '../../src/extractors';
import { Packer } from '../../src/packed-segments/packer.service';
import type { TestApp } from './app';

/** What makes a service pack at once, into small members. */
export const PACKING = {
  EXPORT_FILE_ENCODING: 'gzip',
  PACKED_SEGMENTS_SETTLE_SECONDS: '0',
  PACKED_SEGMENTS_REST_SECONDS: '0',
  PACKED_SEGMENTS_MEMBER_BYTES: '400',
} as const;

const DEADLOCK = '40P01';
const NEVER = new AbortController().signal;
const LIMITS = { maxBytes: 1e9, maxLines: 1e9 };

/** Brings the packed segments of a type up to date. */
export async function pack(service: TestApp, type: ResourceType): Promise<void> {
  await service.app.get(Packer, { strict: false }).pack(type, NEVER);
}

/** Removes everything from the store, and what is packed of it, however the service's own packers are at work. */
export async function emptyStore(dataSource: DataSource): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await dataSource.query(
        `truncate clinical.resource, clinical.resource_history, clinical.compartment,
           clinical.provenance_target, clinical.packed_segment, clinical.packed_member,
           clinical.packed_note`,
      );
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK || tries === 5) throw error;
    }
  }
}

/** An instant that is settled. */
export function instant(service: TestApp): Promise<string> {
  return service.app.get(TransactionTimes, { strict: false }).choose(NEVER);
}

/** Freezes a cohort as planning does. @returns the id of its job */
export async function freeze(
  dataSource: DataSource,
  patientIds: readonly string[],
): Promise<string> {
  const id = randomUUID();
  await dataSource.query(
    `insert into export.job (id, app_id, level, group_id, request_url, parameters, created_at)
     values ($1, 'test', 'group', 'test', 'test', '{}', now())`,
    [id],
  );
  await dataSource.query(
    `insert into export.cohort_member (job_id, patient_id, slot)
     select $1, p, ((row_number() over (order by p collate "C") - 1) * ${COHORT_BUCKETS} / count(*) over ())::int
     from unnest($2::text[]) as p`,
    [id, patientIds],
  );
  return id;
}

/** The scope of a whole job. */
export function scopeOf(jobId: string, transactionTime: string): ExportScope {
  return {
    cohort: { jobId, buckets: ALL_BUCKETS },
    plan: {},
    ...{ level: 'group', transactionTime, since: undefined, provenanceOf: [] },
  };
}

/** What an export gives. */
export interface Copied {
  /** Sorted: order is no part of what is promised. */
  readonly lines: readonly string[];
  /** True when at least one packed member was copied. */
  readonly packed: boolean;
}

/** Copies a scope from packed members where there are some, else from rows, as a part does. */
export async function copyPacked(
  service: TestApp,
  type: ResourceType,
  scope: ExportScope,
): Promise<Copied> {
  const { create, files } = shelf();
  const noteNothing = { measure: () => undefined, enter: () => undefined };
  const output = { limits: LIMITS, onlyReadable: false, create, ...noteNothing };
  const finished = await service.app
    .get<PartReader>(PART_READER, { strict: false })
    .read({ kind: 'resources', type }, scope, output, NEVER);
  const lines = files.flatMap((file) => gunzipSync(file).toString().split('\n').slice(0, -1));
  const told = finished.reduce((sum, file) => sum + file.lines, 0);
  const bytes = finished.reduce((sum, file) => sum + file.bytes, 0);
  if (told !== lines.length) throw new Error(`${told} lines were told, ${lines.length} are there.`);
  if (bytes !== lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)) {
    throw new Error('Another number of bytes was told than is there.');
  }
  return { lines: lines.sort(), packed: finished.some(({ name }) => name.startsWith('.packed')) };
}

/** Copies a scope from rows alone. */
export async function copyRows(
  service: TestApp,
  type: ResourceType,
  scope: ExportScope,
): Promise<readonly string[]> {
  const chunks: Buffer[] = [];
  const files = {
    write: (bytes: Buffer) => {
      chunks.push(Buffer.from(bytes));
      return undefined;
    },
    cut: () => undefined,
  };
  const output = { files, limits: LIMITS, onlyReadable: false };
  await service.app
    .get(Extraction, { strict: false })
    .copy({ kind: 'resources', type }, scope, output, NEVER);
  return Buffer.concat(chunks).toString().split('\n').slice(0, -1).sort();
}

function shelf(): { create: () => Promise<ByteSink>; files: Buffer[] } {
  const files: Buffer[] = [];
  const create = (): Promise<ByteSink> => {
    const chunks: Buffer[] = [];
    return Promise.resolve({
      write: (more) => {
        chunks.push(...more.map((chunk) => Buffer.from(chunk)));
        return Promise.resolve();
      },
      publish: () => {
        files.push(Buffer.concat(chunks));
        return Promise.resolve();
      },
      abort: () => Promise.resolve(),
    });
  };
  return { create, files };
}
