import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import { isFhirId, type OutcomeIssue } from '@app/fhir';

import { AuditLog } from '../../audit';
import { invalidParameter } from '../../common';
import { queryUnlogged } from '../../database';
import type { ExportParameters } from '../persistence/job-parameters';
import { isJobId } from '../urls';
import type { DisclosedParameters, Disclosure, DisclosureList } from './disclosure';
import { DISCLOSED, NOT_ON_RECORD, NUMBER } from './disclosures.sql';
import { shownFailure } from './shown-export';

const PAGE = 200;

/** Who is asked about, and by which request. */
export interface DisclosureQuestion {
  /** Id, or Patient/[id]. */
  readonly patient: string;
  /** Id of the last export on the page before. */
  readonly before?: string | undefined;
  readonly requestId?: string | undefined;
}

/** Tells operators which exports held a patient. Each question is audited, by the number of the patient. */
@Injectable()
export class Disclosures {
  constructor(
    private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
  ) {}

  /** A page, newest first; empty for a patient whom no export on record held. @throws FhirError 400 */
  async list(question: DisclosureQuestion, count: number): Promise<DisclosureList> {
    const patient = readPatient(question.patient);
    await this.record(patient, question);
    return this.page(patient, question.before, count);
  }

  /** As list, all of them, a page at a time. @throws FhirError 400, before the first */
  async all(question: DisclosureQuestion): Promise<AsyncIterable<Disclosure>> {
    const patient = readPatient(question.patient);
    await this.requireKnown(question.before);
    await this.record(patient, question);
    return this.pages(patient, question.before);
  }

  private async *pages(patient: string, before: string | undefined): AsyncIterable<Disclosure> {
    let from = before;
    do {
      const { disclosures, next } = await this.page(patient, from, PAGE);
      yield* disclosures;
      from = next;
    } while (from !== undefined);
  }

  private async page(
    patient: string,
    before: string | undefined,
    count: number,
  ): Promise<DisclosureList> {
    await this.requireKnown(before);
    const values = [patient, before ?? null, count + 1];
    const rows = await queryUnlogged<DisclosedRow>(this.dataSource, DISCLOSED, values);
    const disclosures = rows.slice(0, count).map(disclosure);
    const [missing] = await this.dataSource.query<MissingRow[]>(NOT_ON_RECORD);
    return {
      disclosures,
      next: rows.length > count ? disclosures.at(-1)?.export : undefined,
      notOnRecord: { exports: missing?.exports ?? 0, last: missing?.last ?? undefined },
    };
  }

  private async record(patient: string, { requestId }: DisclosureQuestion): Promise<void> {
    const numbers = await queryUnlogged<{ number: number | null }>(this.dataSource, NUMBER, [
      patient,
    ]);
    const detail = { patientNumber: numbers[0]?.number ?? 'none' };
    await this.audit.record({ action: 'disclosures.read', outcome: 'success', requestId, detail });
  }

  private async requireKnown(before: string | undefined): Promise<void> {
    if (before === undefined) return;
    const sql = 'select from export.job where id = $1';
    const found = isJobId(before) ? await this.dataSource.query<unknown[]>(sql, [before]) : [];
    if (found.length > 0) return;
    throw invalidParameter('before', 'before must be the id of an export, as `next` gave it.');
  }
}

function readPatient(text: string): string {
  const id = text.replace(/^Patient\//, '');
  if (isFhirId(id)) return id;
  throw invalidParameter(
    'patient',
    'patient must be the id of a patient, or Patient/[id]: 1 to 64 letters, digits, - and dots.',
  );
}

interface MissingRow {
  readonly exports: number;
  readonly last: Date | null;
}

interface DisclosedRow {
  readonly id: string;
  readonly app: string;
  readonly level: Disclosure['level'];
  readonly group: string | null;
  readonly state: Disclosure['state'];
  readonly requestId: string | null;
  readonly parameters: ExportParameters;
  readonly named: boolean;
  readonly departed: boolean;
  readonly createdAt: Date;
  readonly transactionTime: Date | null;
  readonly finishedAt: Date | null;
  readonly failure: OutcomeIssue | null;
  readonly downloads: number;
  readonly first: Date | null;
  readonly last: Date | null;
  readonly files: readonly string[];
  readonly signed: number;
}

function disclosure(row: DisclosedRow): Disclosure {
  const { id, app, level, state, named, departed, createdAt, files, signed, downloads } = row;
  return {
    ...{ export: id, app, level, state, createdAt },
    group: row.group ?? undefined,
    requestId: row.requestId ?? undefined,
    parameters: disclosedParameters(row.parameters),
    ...{ isNamed: named, isDeparted: departed },
    transactionTime: row.transactionTime ?? undefined,
    finishedAt: row.finishedAt ?? undefined,
    failure: shownFailure(row.failure),
    downloads: {
      count: downloads,
      first: row.first ?? undefined,
      last: row.last ?? undefined,
      files,
    },
    signedManifests: signed,
  };
}

function disclosedParameters(asked: ExportParameters): DisclosedParameters {
  const { types, provenanceOf, since, until, elements, provenance } = asked;
  const { typeFilters, scopeFilters } = asked;
  return {
    ...{ types, provenanceOf, since },
    ...(until !== undefined && { until }),
    ...(elements && { elements }),
    ...(provenance && { provenance }),
    ...(typeFilters && { typeFilters }),
    ...(scopeFilters && { scopeFilters }),
  };
}
