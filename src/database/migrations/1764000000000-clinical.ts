import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A partition for each type that is exported; everything else shares the default partition. */
const PARTITIONS = [
  'AllergyIntolerance',
  'Binary',
  'CarePlan',
  'CareTeam',
  'Condition',
  'Device',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Goal',
  'Group',
  'Immunization',
  'Location',
  'Medication',
  'MedicationAdministration',
  'MedicationRequest',
  'MedicationStatement',
  'Observation',
  'Organization',
  'Patient',
  'Practitioner',
  'PractitionerRole',
  'Procedure',
  'Provenance',
  'RelatedPerson',
];

/**
 * The source contract (docs/architecture.md) and its default store. `content` is text, not jsonb:
 * jsonb costs about four times the whole export and loses decimals and key order.
 */
export class Clinical1764000000000 implements MigrationInterface {
  name = 'Clinical1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema clinical');
    await runner.query(`
      create table clinical.resource (
        last_updated timestamptz not null,
        version bigint not null,
        type text collate "C" not null,
        id text collate "C" not null,
        patient_id text collate "C",
        content_digest bytea not null,
        content text not null,
        constraint resource_pkey primary key (type, id)
      ) partition by list (type)`);
    for (const type of PARTITIONS) {
      await runner.query(
        `create table clinical.resource_${type.toLowerCase()} partition of clinical.resource for values in ('${type}')`,
      );
    }
    await runner.query(
      'create table clinical.resource_other partition of clinical.resource default',
    );
    await runner.query(
      'create index resource_by_patient on clinical.resource (patient_id, last_updated)',
    );
    await runner.query(`
      create table clinical.resource_history (
        last_updated timestamptz not null,
        superseded_at timestamptz not null,
        version bigint not null,
        deleted boolean not null default false,
        type text collate "C" not null,
        id text collate "C" not null,
        patient_id text collate "C",
        content text,
        constraint resource_history_pkey primary key (type, id, version),
        constraint resource_history_content check (deleted or content is not null)
      )`);
    await runner.query(
      'create index resource_history_superseded on clinical.resource_history (type, superseded_at) where not deleted',
    );
    await runner.query(
      'create index resource_history_deleted on clinical.resource_history (type, last_updated) where deleted',
    );
    await this.relations(runner);
    await this.compression(runner);
  }

  private async relations(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table clinical.compartment (
        type text collate "C" not null,
        id text collate "C" not null,
        patient_id text collate "C" not null,
        valid_from timestamptz not null,
        valid_to timestamptz not null default 'infinity',
        constraint compartment_pkey primary key (type, id, patient_id, valid_from)
      )`);
    await runner.query(
      'create index compartment_patient on clinical.compartment (patient_id, type)',
    );
    await runner.query(`
      create table clinical.patient_link (
        patient_id text collate "C" not null,
        target_type text collate "C" not null,
        target_id text collate "C" not null,
        first_seen timestamptz not null,
        constraint patient_link_pkey primary key (patient_id, target_type, target_id)
      )`);
    await runner.query(
      'create index patient_link_target on clinical.patient_link (target_type, target_id)',
    );
    await runner.query(`
      create table clinical.resource_link (
        source_type text collate "C" not null,
        source_id text collate "C" not null,
        target_type text collate "C" not null,
        target_id text collate "C" not null,
        first_seen timestamptz not null,
        constraint resource_link_pkey primary key (source_type, source_id, target_type, target_id)
      )`);
    await runner.query(`
      create table clinical.provenance_target (
        provenance_id text collate "C" not null,
        target_type text collate "C" not null,
        target_id text collate "C" not null,
        valid_from timestamptz not null,
        valid_to timestamptz not null default 'infinity',
        constraint provenance_target_pkey primary key (provenance_id, target_type, target_id, valid_from)
      )`);
    await runner.query(
      'create index provenance_target_target on clinical.provenance_target (target_type, target_id)',
    );
  }

  /** lz4 where this PostgreSQL was built with it: 1.2 times pglz on the way out. */
  private async compression(runner: QueryRunner): Promise<void> {
    await runner.query(`
      do $$
      begin
        if exists (select from pg_settings
                   where name = 'default_toast_compression' and 'lz4' = any(enumvals)) then
          alter table clinical.resource alter column content set compression lz4;
          alter table clinical.resource_history alter column content set compression lz4;
        end if;
      end $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema clinical cascade');
  }
}
