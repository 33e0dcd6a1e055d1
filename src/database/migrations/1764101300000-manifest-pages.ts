import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Manifests that are given while an export goes on: which files are on which page, and how many there are. */
export class ManifestPages1764101300000 implements MigrationInterface {
  name = 'ManifestPages1764101300000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'alter table export.job add column pages integer not null default 0, add constraint job_pages check (pages >= 0)',
    );
    await runner.query(
      'alter table export.file add column page integer, add constraint file_page check (page > 0)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.file drop column page');
    await runner.query('alter table export.job drop column pages');
  }
}
