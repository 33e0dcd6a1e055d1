import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What names a patient whom the store cannot find, until it is replaced or the patient arrives; and the
 * bases of other servers under whose URLs resources of this store were given.
 */
export class UnresolvedReferences1764207000000 implements MigrationInterface {
  name = 'UnresolvedReferences1764207000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clinical.unresolved_reference (
        type text collate "C" not null,
        id text collate "C" not null,
        kind text collate "C" not null,
        patient_id text collate "C" not null,
        base text collate "C" not null,
        file text,
        line bigint,
        noted_at timestamptz not null default now(),
        constraint unresolved_reference_pkey primary key (type, id, kind, patient_id, base)
      )`);
    await runner.query(`
      create index unresolved_reference_patient on clinical.unresolved_reference (patient_id)
      where kind = 'missing'`);
    await runner.query(`
      create table clinical.known_base (
        base text collate "C" not null,
        constraint known_base_pkey primary key (base)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table clinical.known_base');
    await runner.query('drop table clinical.unresolved_reference');
  }
}
