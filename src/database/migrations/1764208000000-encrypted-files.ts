import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A file that was written encrypted is never taken for a plain one. Null: written before this was noted. */
export class EncryptedFiles1764208000000 implements MigrationInterface {
  name = 'EncryptedFiles1764208000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.file add column encrypted boolean');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.file drop column encrypted');
  }
}
