import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Apps may be licensed to write: batches of feeds, and single FHIR resources. Those that are here only read. */
export class WriteLicences1764217000000 implements MigrationInterface {
  name = 'WriteLicences1764217000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.app
        add column all_feeds boolean not null default false,
        add column feeds text[] not null default '{}',
        add column fhir_writes boolean not null default false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table auth.app drop column all_feeds, drop column feeds, drop column fhir_writes',
    );
  }
}
