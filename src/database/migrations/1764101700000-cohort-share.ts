import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What few patients have is looked up patient by patient, what nearly all have is gone through. */
export class CohortShare1764101700000 implements MigrationInterface {
  name = 'CohortShare1764101700000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job add column cohort_share real');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job drop column cohort_share');
  }
}
