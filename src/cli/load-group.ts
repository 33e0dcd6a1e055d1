import type { DataSource } from 'typeorm';

import { AuditEventRow, AuditLog } from '../audit';
import { PatientLists } from '../groups';

const BATCH = 10_000;

/** The patient list that a load fills. Members stay as they are, inactive ones inactive. */
export class LoadGroup {
  private readonly lists: PatientLists;

  constructor(
    private readonly dataSource: DataSource,
    private readonly id: string,
  ) {
    this.lists = new PatientLists(
      dataSource,
      new AuditLog(dataSource.getRepository(AuditEventRow)),
    );
  }

  /**
   * Makes the list, named like its id, when there is none: before anything is loaded, so that an id
   * that cannot be used is refused first.
   */
  async prepare(): Promise<void> {
    const [group] = await this.lists.list(this.id);
    if (!group) await this.lists.create({ id: this.id, name: this.id });
    else if (group.source !== 'patient-list') {
      throw new Error(`Group ${this.id} is not a patient list: its members follow from criteria.`);
    }
  }

  /** Adds the patients that are not members. @returns how many those are */
  async add(ids: AsyncIterable<string>): Promise<number> {
    const { added } = await this.lists.add(this.id, this.withoutMembers(ids));
    return added;
  }

  private async *withoutMembers(ids: AsyncIterable<string>): AsyncGenerator<string> {
    let batch: string[] = [];
    for await (const id of ids) {
      if (batch.push(id) < BATCH) continue;
      yield* await this.strangers(batch);
      batch = [];
    }
    yield* await this.strangers(batch);
  }

  private async strangers(ids: readonly string[]): Promise<readonly string[]> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `select id from unnest($1::text[]) as id
       where not exists (select from groups.member m
                         where m.group_id = $2 and m.patient_id = id and m.removed_at = 'infinity')`,
      [ids, this.id],
    );
    return rows.map(({ id }) => id);
  }
}
