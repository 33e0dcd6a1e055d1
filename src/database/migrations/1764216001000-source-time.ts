import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An export notes up to where the EHR's record is contained in it. */
export class SourceTime1764216001000 implements MigrationInterface {
  name = 'SourceTime1764216001000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job add column source_time timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job drop column source_time');
  }
}
