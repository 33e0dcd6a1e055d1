import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What followers have brought, of types whose ids their sources can list: what is listed no more is gone. */
export class Followed1764218000000 implements MigrationInterface {
  name = 'Followed1764218000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table feed.followed (
        feed text collate "C" not null,
        type text collate "C" not null,
        id text collate "C" not null,
        primary key (feed, type, id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table feed.followed');
  }
}
