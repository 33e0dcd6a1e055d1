import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ready-made gzip members beside the rows (docs/packed-segments.md), and the notes by which a member
 * that no longer holds is known: triggers write one for every row that leaves the store, changes, or
 * arrives with a time that has passed. New rows need none: their time tells.
 */
export class PackedSegments1764100900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await this.segments(runner);
    await this.notes(runner);
    await this.files(runner);
    // What was added since a segment was packed is found by its time.
    await runner.query('create index resource_by_time on clinical.resource (last_updated)');
  }

  private async segments(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clinical.packed_segment (
        id bigint generated always as identity,
        type text collate "C" not null,
        patient_from text collate "C" not null,
        patient_to text collate "C",
        due boolean not null default true,
        built_at timestamptz,
        form text,
        as_of timestamptz,
        valid_from timestamptz,
        seen xid8,
        patients integer not null default 0,
        resources bigint not null default 0,
        bytes bigint not null default 0,
        first_patient text collate "C",
        last_patient text collate "C",
        data bytea,
        constraint packed_segment_pkey primary key (id),
        constraint packed_segment_range unique (type, patient_from),
        constraint packed_segment_built check (built_at is null
          or (form is not null and as_of is not null and valid_from is not null and seen is not null))
      )`);
    await runner.query(
      'alter table clinical.packed_segment alter column data set storage external',
    );
    await runner.query(
      'create index packed_segment_due on clinical.packed_segment (type, built_at) where due',
    );
    await runner.query(`
      create table clinical.packed_member (
        id bigint generated always as identity,
        segment_id bigint not null,
        start integer not null,
        length integer not null,
        resources integer not null,
        bytes integer not null,
        patients text[] collate "C" not null,
        constraint packed_member_pkey primary key (id),
        constraint packed_member_place unique (segment_id, start),
        constraint packed_member_segment foreign key (segment_id)
          references clinical.packed_segment (id) on delete cascade
      )`);
  }

  /** Row triggers, for they see what is written to a partition, too; always, for replication as well. */
  private async notes(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clinical.packed_note (
        type text collate "C" not null,
        patient_id text collate "C" not null,
        xid xid8 not null,
        constraint packed_note_pkey primary key (type, patient_id, xid)
      )`);
    await runner.query(`
      create function clinical.note_for_packing() returns trigger language plpgsql as $$
      begin
        if tg_op <> 'INSERT' and old.patient_id is not null then
          insert into clinical.packed_note values (old.type, old.patient_id, pg_current_xact_id())
          on conflict do nothing;
        end if;
        if tg_op <> 'DELETE' and new.patient_id is not null
           and new.last_updated < now() - interval '1 millisecond' then
          insert into clinical.packed_note values (new.type, new.patient_id, pg_current_xact_id())
          on conflict do nothing;
        end if;
        return null;
      end $$`);
    await runner.query(`
      create function clinical.note_all_for_packing() returns trigger language plpgsql as $$
      begin
        insert into clinical.packed_note values ('*', '*', pg_current_xact_id()) on conflict do nothing;
        return null;
      end $$`);
    const rows = 'on clinical.resource for each row';
    const note = 'execute function clinical.note_for_packing()';
    await runner.query(`create trigger packed_note_change after update or delete ${rows} ${note}`);
    // An instant is cut to the millisecond after its transaction has begun, never before.
    await runner.query(
      `create trigger packed_note_late after insert ${rows}
       when (new.last_updated < now() - interval '1 millisecond') ${note}`,
    );
    await runner.query(
      `create trigger packed_note_truncate after truncate on clinical.resource
       for each statement execute function clinical.note_all_for_packing()`,
    );
    await runner.query(TRUNCATE_OF_PARTITIONS);
    for (const name of ['packed_note_change', 'packed_note_late', 'packed_note_truncate']) {
      await runner.query(`alter table clinical.resource enable always trigger ${name}`);
    }
  }

  /** A file with copied members has a hash of what is stored: one of its NDJSON would cost unpacking. */
  private async files(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.file
        alter column sha256 drop not null,
        add column stored_sha256 bytea,
        add constraint file_hash check (sha256 is not null or stored_sha256 is not null)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('delete from export.file where sha256 is null');
    await runner.query(
      'alter table export.file drop column stored_sha256, alter column sha256 set not null',
    );
    await runner.query('drop index clinical.resource_by_time');
    await runner.query('drop function clinical.note_for_packing cascade');
    await runner.query('drop function clinical.note_all_for_packing cascade');
    for (const table of ['packed_note', 'packed_member', 'packed_segment']) {
      await runner.query(`drop table clinical.${table}`);
    }
  }
}

/** A partition that is emptied by its own name does not wake its parent's statement triggers. */
const TRUNCATE_OF_PARTITIONS = `
  do $$
  declare partition regclass;
  begin
    for partition in select inhrelid from pg_inherits where inhparent = 'clinical.resource'::regclass loop
      execute format('create trigger packed_note_truncate after truncate on %s
                      for each statement execute function clinical.note_all_for_packing()', partition);
      execute format('alter table %s enable always trigger packed_note_truncate', partition);
    end loop;
  end $$`;
