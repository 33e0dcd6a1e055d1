import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files may be stored compressed: how, and how large they then are. */
export class FileEncoding1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.file
        add column encoding text not null default 'identity',
        add column stored_bytes bigint,
        add constraint file_encoding check (encoding in ('identity', 'gzip'))`);
    await runner.query('update export.file set stored_bytes = bytes');
    await runner.query(`
      alter table export.file
        alter column stored_bytes set not null,
        alter column encoding drop default`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.file drop column encoding, drop column stored_bytes');
  }
}
