import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What held from when to when, in the same two columns everywhere: `valid_from` and `valid_to`, the end
 * excluded. Views, so that no table is rewritten. PostgreSQL plans the branches of a view like tables of
 * their own, as long as it is no function and no branch has a condition.
 */
export class ValidityViews1764214000000 implements MigrationInterface {
  name = 'ValidityViews1764214000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create view clinical.version as
      select type, id, version, patient_id, last_updated as valid_from,
             'infinity'::timestamptz as valid_to, false as deleted, content
      from clinical.resource
      union all
      select type, id, version, patient_id, last_updated, superseded_at, deleted, content
      from clinical.resource_history`);
    await runner.query(`
      create view clinical.link as
      select patient_id, target_type, target_id, first_seen as valid_from,
             'infinity'::timestamptz as valid_to
      from clinical.patient_link`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop view clinical.version, clinical.link');
  }
}
