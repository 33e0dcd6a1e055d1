import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many resources of each type an export must hold, and how many of those missing are told of. */
export class ReconciledExports1764222000000 implements MigrationInterface {
  name = 'ReconciledExports1764222000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.job
        add column expected jsonb,
        add column read_again boolean not null default false`);
    await runner.query('alter table export.part add column missing bigint');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.part drop column missing');
    await runner.query('alter table export.job drop column read_again, drop column expected');
  }
}
