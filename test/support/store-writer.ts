import type { DataSource, EntityManager } from 'typeorm';

import type { ResourceType } from '../../libs/fhir/src';

/** A version that was written. */
export interface WrittenVersion {
  readonly type: ResourceType;
  readonly id: string;
  /** Undefined once it is deleted. */
  readonly patientId: string | undefined;
  readonly at: Date;
  readonly content: string;
}

/**
 * A writer that is none of ours, keeping the rules of the store: a transaction is given its
 * id before its instant, and versions that are superseded go to the history.
 */
export class StoreWriter {
  private count = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly name: string,
  ) {}

  /** Inserts or updates; the patient may be another one than before. */
  async write(type: ResourceType, id: string, patientId: string): Promise<WrittenVersion> {
    const content = `{"resourceType":"${type}","id":"${id}","note":"${this.name} ${this.count++} ${'x'.repeat(this.count % 90)}"}`;
    const at = await this.dataSource.transaction(async (manager) => {
      const instant = await takeInstant(manager);
      await supersede(manager, type, id, instant);
      await manager.query(UPSERT, [instant, type, id, patientId, content]);
      return instant;
    });
    return { type, id, patientId, at, content };
  }

  /** @returns undefined when there is nothing to delete */
  async remove(type: ResourceType, id: string): Promise<WrittenVersion | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const at = await takeInstant(manager);
      await supersede(manager, type, id, at);
      const [rows] = await manager.query<[{ version: string; patient_id: string }[], number]>(
        'delete from clinical.resource where type = $1 and id = $2 returning version, patient_id',
        [type, id],
      );
      const [gone] = rows;
      if (!gone) return undefined;
      await manager.query(
        `insert into clinical.resource_history
           (last_updated, superseded_at, version, deleted, type, id, patient_id)
         values ($1, 'infinity', $2::bigint + 1, true, $3, $4, $5)`,
        [at, gone.version, type, id, gone.patient_id],
      );
      return { type, id, patientId: undefined, at, content: '' };
    });
  }
}

async function takeInstant(manager: EntityManager): Promise<Date> {
  await manager.query('select pg_current_xact_id()');
  const [row] = await manager.query<{ at: Date }[]>(
    `select date_trunc('milliseconds', clock_timestamp()) as at`,
  );
  return row?.at ?? new Date(NaN);
}

/** Locks the row, so that writers of the same resource come one after the other. */
async function supersede(
  manager: EntityManager,
  type: ResourceType,
  id: string,
  at: Date,
): Promise<void> {
  await manager.query(
    `insert into clinical.resource_history
       (last_updated, superseded_at, version, type, id, patient_id, content)
     select last_updated, $3, version, type, id, patient_id, content
     from clinical.resource where type = $1 and id = $2 for update`,
    [type, id, at],
  );
}

/** Versions go on after a deletion, too. */
const UPSERT = `
  insert into clinical.resource (last_updated, version, type, id, patient_id, content_digest, content)
  select $1, coalesce(max(h.version), 0) + 1, $2, $3, $4, '\\x00', $5
  from clinical.resource_history h where h.type = $2 and h.id = $3
  on conflict (type, id) do update
    set last_updated = excluded.last_updated, version = excluded.version,
        patient_id = excluded.patient_id, content = excluded.content`;
