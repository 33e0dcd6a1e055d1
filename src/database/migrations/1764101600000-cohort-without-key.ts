import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * To look the job up for each member was half of what it takes to freeze a cohort. Jobs are not
 * deleted while the service runs: the sweeper removes cohorts itself.
 */
export class CohortWithoutKey1764101600000 implements MigrationInterface {
  name = 'CohortWithoutKey1764101600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.cohort_member drop constraint cohort_member_job');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      delete from export.cohort_member m
      where not exists (select from export.job j where j.id = m.job_id)`);
    await runner.query(`
      alter table export.cohort_member
        add constraint cohort_member_job foreign key (job_id) references export.job (id) on delete cascade`);
  }
}
