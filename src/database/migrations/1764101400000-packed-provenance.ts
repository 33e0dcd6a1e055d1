import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Packed Provenance (docs/packed-segments.md). It is in nobody's compartment, so that its members list the
 * ids that they hold, and those that their patients lead to beside them; notes about it name its id.
 */
export class PackedProvenance1764101400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table clinical.packed_member add column ids text[] collate "C", add column others text[] collate "C"',
    );
    await runner.query(noteFunction(KEY));
    await runner.query(`
      create function clinical.note_target_for_packing() returns trigger language plpgsql as $$
      begin
        insert into clinical.packed_note
        values ('Provenance', coalesce(new.provenance_id, old.provenance_id), pg_current_xact_id())
        on conflict do nothing;
        return null;
      end $$`);
    const rows = 'on clinical.provenance_target for each row';
    const note = 'execute function clinical.note_target_for_packing()';
    await runner.query(`create trigger packed_note_change after update or delete ${rows} ${note}`);
    await runner.query(
      `create trigger packed_note_late after insert ${rows}
       when (new.valid_from < now() - interval '1 millisecond') ${note}`,
    );
    await runner.query(
      `create trigger packed_note_truncate after truncate on clinical.provenance_target
       for each statement execute function clinical.note_all_for_packing()`,
    );
    for (const name of TRIGGERS) {
      await runner.query(`alter table clinical.provenance_target enable always trigger ${name}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`delete from clinical.packed_segment where type = 'Provenance'`);
    await runner.query(`delete from clinical.packed_note where type = 'Provenance'`);
    for (const name of TRIGGERS) {
      await runner.query(`drop trigger ${name} on clinical.provenance_target`);
    }
    await runner.query('drop function clinical.note_target_for_packing()');
    await runner.query(noteFunction((row) => `${row}.patient_id`));
    await runner.query('alter table clinical.packed_member drop column ids, drop column others');
  }
}

const TRIGGERS = ['packed_note_change', 'packed_note_late', 'packed_note_truncate'];

const KEY = (row: string): string =>
  `(case when ${row}.type = 'Provenance' then ${row}.id else ${row}.patient_id end)`;

/** As it was, but for what a note names. */
function noteFunction(key: (row: string) => string): string {
  return `
    create or replace function clinical.note_for_packing() returns trigger language plpgsql as $$
    begin
      if tg_op <> 'INSERT' and ${key('old')} is not null then
        insert into clinical.packed_note values (old.type, ${key('old')}, pg_current_xact_id())
        on conflict do nothing;
      end if;
      if tg_op <> 'DELETE' and ${key('new')} is not null
         and new.last_updated < now() - interval '1 millisecond' then
        insert into clinical.packed_note values (new.type, ${key('new')}, pg_current_xact_id())
        on conflict do nothing;
      end if;
      return null;
    end $$`;
}
