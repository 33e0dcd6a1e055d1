import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The key of resources tells their patient, too: whose resources a Provenance is about is then found in
 * the index alone, a tenth of the rows' size. Updates cost no more: both columns are indexed already.
 */
export class CoveringResourceKey1764101500000 implements MigrationInterface {
  name = 'CoveringResourceKey1764101500000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table clinical.resource
        drop constraint resource_pkey,
        add constraint resource_pkey primary key (type, id) include (patient_id, last_updated)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table clinical.resource
        drop constraint resource_pkey,
        add constraint resource_pkey primary key (type, id)`);
  }
}
