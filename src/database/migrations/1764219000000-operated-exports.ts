import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What operators see of exports and do to them: holds, retries, who works on a part, and limits per app. */
export class OperatedExports1764219000000 implements MigrationInterface {
  name = 'OperatedExports1764219000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.job
        add column held_at timestamptz,
        add column retries integer not null default 0,
        add column cohort_kept boolean not null default false,
        add column request_id text`);
    await runner.query('create index job_created on export.job (created_at desc, id desc)');
    await runner.query(`
      alter table export.part
        add column worker text,
        add column step text,
        add column step_at timestamptz,
        add column last_error text`);
    await runner.query(`
      alter table auth.app
        add column max_running smallint check (max_running >= 1),
        add column max_queued smallint check (max_queued >= 0)`);
    await runner.query('create index event_job on audit.event (job_id) where job_id is not null');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index audit.event_job');
    await runner.query('alter table auth.app drop column max_queued, drop column max_running');
    await runner.query(`
      alter table export.part
        drop column last_error, drop column step_at, drop column step, drop column worker`);
    await runner.query('drop index export.job_created');
    await runner.query(`
      alter table export.job
        drop column request_id, drop column cohort_kept, drop column retries, drop column held_at`);
  }
}
