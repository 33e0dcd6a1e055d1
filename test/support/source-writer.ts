import type { Client } from 'pg';

/** A version of a resource, as a writer of the clinical store makes it. */
export interface NewVersion {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** The patients whose compartment it is in; the first is the one it is about. */
  readonly patients: readonly string[];
  /** `Type/id` of what is in nobody's compartment and travels with it. */
  readonly links?: readonly string[];
  /** `Type/id` of what a Provenance is about. */
  readonly targets?: readonly string[];
  /** The text, given what the store decides. */
  readonly content: (meta: { readonly version: number; readonly lastUpdated: string }) => string;
}

/** How a writer comes by the instant of a write; both keep the rules of the store. */
export type WriteClock = 'write_instant' | 'clock_timestamp';

const INSTANT: Readonly<Record<WriteClock, string>> = {
  write_instant: 'clinical.write_instant()',
  // The transaction has its id: see `begin`.
  clock_timestamp: "date_trunc('milliseconds', clock_timestamp())",
};

/**
 * Writes to the clinical store by its rules (docs/architecture.md), without any
 * code of the service: the instant is taken after the transaction has an id, and what a version
 * supersedes moves to the history in the same transaction, with its compartments and targets.
 */
export class SourceWriter {
  constructor(
    private readonly client: Client,
    private readonly clock: WriteClock = 'write_instant',
  ) {}

  async begin(): Promise<void> {
    await this.client.query('begin');
    await this.client.query('select pg_current_xact_id()');
  }

  /** Inserts a resource, or puts a version in the place of the one before. @returns last_updated */
  async put(next: NewVersion): Promise<string> {
    const { type, id, version, patients } = next;
    const at = await this.supersede(type, id);
    const content = next.content({ version, lastUpdated: at });
    await this.client.query(
      `insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
       values ($1, $2, $3, $4, $5, '\\x00', $6)`,
      [at, version, type, id, patients[0] ?? null, content],
    );
    await this.client.query(
      `insert into clinical.compartment (type, id, patient_id, valid_from)
       select $1, $2, p, $4 from unnest($3::text[]) p`,
      [type, id, patients.slice(1), at],
    );
    await this.client.query(
      `insert into clinical.provenance_target (provenance_id, target_type, target_id, valid_from)
       select $1, split_part(t, '/', 1), split_part(t, '/', 2), $3 from unnest($2::text[]) t`,
      [id, next.targets ?? [], at],
    );
    await this.client.query(
      `insert into clinical.patient_link as l (patient_id, target_type, target_id, first_seen)
       select p, split_part(t, '/', 1), split_part(t, '/', 2), $3::timestamptz
       from unnest($1::text[]) p cross join unnest($2::text[]) t
       on conflict (patient_id, target_type, target_id) do update
         set first_seen = excluded.first_seen where excluded.first_seen < l.first_seen`,
      [patients, next.links ?? [], at],
    );
    return at;
  }

  /** Deletes a resource: its version moves to the history, and a tombstone with its patient stays. */
  async remove(type: string, id: string, version: number, patient?: string): Promise<string> {
    const at = await this.supersede(type, id);
    await this.client.query(
      `insert into clinical.resource_history
         (last_updated, superseded_at, version, deleted, type, id, patient_id)
       values ($1, 'infinity', $2, true, $3, $4, $5)`,
      [at, version, type, id, patient ?? null],
    );
    return at;
  }

  /** Ends what is there. @returns the instant of the write, later than that of what it ends */
  private async supersede(type: string, id: string): Promise<string> {
    const { rows } = await this.client.query<{ at: string }>(
      `select to_char(greatest(${INSTANT[this.clock]}, max(last_updated) + interval '1 millisecond')
                at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
       from (select last_updated from clinical.resource where type = $1 and id = $2
             union all
             select last_updated from clinical.resource_history where type = $1 and id = $2) known`,
      [type, id],
    );
    const at = rows[0]?.at ?? '';
    await this.client.query(
      `with gone as (
         delete from clinical.resource where type = $1 and id = $2
         returning last_updated, version, type, id, patient_id, content)
       insert into clinical.resource_history
         (last_updated, superseded_at, version, type, id, patient_id, content)
       select last_updated, $3, version, type, id, patient_id, content from gone`,
      [type, id, at],
    );
    await this.client.query(
      `update clinical.resource_history set superseded_at = $3
       where type = $1 and id = $2 and superseded_at = 'infinity'`,
      [type, id, at],
    );
    await this.client.query(
      `update clinical.compartment set valid_to = $3
       where type = $1 and id = $2 and valid_to = 'infinity'`,
      [type, id, at],
    );
    if (type === 'Provenance') {
      await this.client.query(
        `update clinical.provenance_target set valid_to = $2
         where provenance_id = $1 and valid_to = 'infinity'`,
        [id, at],
      );
    }
    return at;
  }
}
