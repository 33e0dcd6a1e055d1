import type { MigrationInterface, QueryRunner } from 'typeorm';

/** History up to `trimmed` may be gone; and the indexes by which what ended before it is found. */
export class HistoryHorizon1764100403000 implements MigrationInterface {
  name = 'HistoryHorizon1764100403000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      "alter table clinical.store_clock add column trimmed timestamptz not null default '-infinity'",
    );
    for (const relation of ['compartment', 'provenance_target']) {
      await runner.query(
        `create index ${relation}_ended on clinical.${relation} (valid_to) where valid_to < 'infinity'`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index clinical.provenance_target_ended');
    await runner.query('drop index clinical.compartment_ended');
    await runner.query('alter table clinical.store_clock drop column trimmed');
  }
}
