import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Export jobs, their parts and files, and the cohort frozen for each job. The truth of every export. */
export class Export1764000003000 implements MigrationInterface {
  name = 'Export1764000003000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema export');
    await this.jobs(runner);
    await this.parts(runner);
    await this.cohort(runner);
  }

  private async jobs(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export.job (
        id uuid not null,
        app_id text collate "C" not null,
        level text not null,
        group_id text collate "C",
        request_url text not null,
        parameters jsonb not null,
        state text not null default 'accepted',
        fence bigint not null default 0,
        lease_until timestamptz,
        attempts integer not null default 0,
        transaction_time timestamptz,
        progress smallint not null default 0,
        next_poll_at timestamptz,
        failure jsonb,
        created_at timestamptz not null,
        planned_at timestamptz,
        finished_at timestamptz,
        expires_at timestamptz,
        swept_at timestamptz,
        constraint job_pkey primary key (id),
        constraint job_level check (level in ('group', 'patient', 'system')),
        constraint job_group check ((level = 'group') = (group_id is not null)),
        constraint job_state check (state in
          ('accepted', 'planning', 'running', 'completed', 'failed', 'cancelled', 'expired')),
        constraint job_progress check (progress between 0 and 100),
        constraint job_complete check (progress < 100 or state in ('completed', 'expired'))
      )`);
    await runner.query(
      `create index job_active on export.job (created_at) where state in ('accepted', 'planning', 'running')`,
    );
    await runner.query(
      `create index job_unswept on export.job (finished_at) where swept_at is null and finished_at is not null`,
    );
    await runner.query('create index job_app on export.job (app_id, created_at)');
  }

  private async parts(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export.part (
        id uuid not null,
        job_id uuid not null,
        type text not null,
        slot_from integer not null,
        slot_to integer not null,
        state text not null default 'pending',
        fence bigint not null default 0,
        lease_until timestamptz,
        not_before timestamptz not null,
        attempts integer not null default 0,
        estimated_bytes bigint not null,
        written_bytes bigint not null default 0,
        resources bigint,
        failure jsonb,
        finished_at timestamptz,
        constraint part_pkey primary key (id),
        constraint part_job foreign key (job_id) references export.job (id) on delete cascade,
        constraint part_slots check (slot_from <= slot_to),
        constraint part_state check (state in ('pending', 'running', 'completed', 'failed'))
      )`);
    await runner.query('create index part_job on export.part (job_id, state)');
    await runner.query(
      `create index part_open on export.part (not_before) where state in ('pending', 'running')`,
    );
    await runner.query(`
      create table export.file (
        id uuid not null,
        job_id uuid not null,
        part_id uuid,
        section text not null,
        type text not null,
        ordinal integer not null,
        storage_key text not null,
        resources bigint not null,
        bytes bigint not null,
        sha256 bytea not null,
        created_at timestamptz not null,
        constraint file_pkey primary key (id),
        constraint file_job foreign key (job_id) references export.job (id) on delete cascade,
        constraint file_name unique (job_id, section, type, ordinal),
        constraint file_section check (section in ('output', 'deleted', 'error'))
      )`);
  }

  private async cohort(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export.cohort_member (
        job_id uuid not null,
        patient_id text collate "C" not null,
        slot integer not null,
        constraint cohort_member_pkey primary key (job_id, patient_id),
        constraint cohort_member_job foreign key (job_id) references export.job (id) on delete cascade
      )`);
    await runner.query('create index cohort_member_slot on export.cohort_member (job_id, slot)');
    await runner.query(`
      create table export.cohort_group (
        job_id uuid not null,
        id text collate "C" not null,
        last_updated timestamptz not null,
        content text not null,
        constraint cohort_group_pkey primary key (job_id),
        constraint cohort_group_job foreign key (job_id) references export.job (id) on delete cascade
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema export cascade');
  }
}
