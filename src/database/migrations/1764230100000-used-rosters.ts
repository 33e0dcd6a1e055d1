import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a group of an app was last exported: groups that nobody uses end after a while. */
export class UsedRosters1764230100000 implements MigrationInterface {
  name = 'UsedRosters1764230100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table groups.patient_group add column exported_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table groups.patient_group drop column exported_at');
  }
}
