import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * No patient is frequent among the members of cohorts: a list of the most frequent ones tells nothing, and
 * PostgreSQL compares it with that of each table that it joins, which was half of planning a small query.
 */
export class RarePatients1764102100000 implements MigrationInterface {
  name = 'RarePatients1764102100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.cohort_member alter patient_id set statistics 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.cohort_member alter patient_id set statistics -1');
  }
}
