import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What an export with `_since` must know: whether an earlier export can have ended at that instant, and
 * who joined the cohort after it, so that their whole record goes along.
 */
export class Newcomers1764100400000 implements MigrationInterface {
  name = 'Newcomers1764100400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table export.job add column continues_since boolean not null default false',
    );
    await runner.query(
      'alter table export.cohort_member add column newcomer boolean not null default false',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.cohort_member drop column newcomer');
    await runner.query('alter table export.job drop column continues_since');
  }
}
