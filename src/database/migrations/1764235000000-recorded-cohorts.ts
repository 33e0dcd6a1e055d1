import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose data each export held, kept after its end: patients by number, blocks of 8,192 numbers in one row. */
export class RecordedCohorts1764235000000 implements MigrationInterface {
  name = 'RecordedCohorts1764235000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table export.patient_number (
        patient_id text collate "C" primary key,
        number integer not null generated always as identity unique
      )`);
    await runner.query(`
      create table export.recorded_cohort (
        job_id uuid not null,
        block integer not null,
        departed boolean not null,
        bits bytea,
        places smallint[],
        primary key (block, job_id, departed)
      )`);
    await runner.query('create index recorded_cohort_job on export.recorded_cohort (job_id)');
    await runner.query(
      'alter table export.job add column cohort_recorded boolean not null default false',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job drop column cohort_recorded');
    await runner.query('drop table export.recorded_cohort');
    await runner.query('drop table export.patient_number');
  }
}
