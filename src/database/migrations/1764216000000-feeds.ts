import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each feed has brought: numbered batches, how far the EHR's record is contained, and what was rejected. */
export class Feeds1764216000000 implements MigrationInterface {
  name = 'Feeds1764216000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema feed');
    await runner.query(`
      create table feed.feed (
        name text collate "C" primary key,
        position bigint not null,
        up_to timestamptz,
        cursor jsonb,
        last_batch_at timestamptz not null
      )`);
    await runner.query(`
      create table feed.batch (
        feed text collate "C" not null references feed.feed (name),
        sequence bigint not null,
        digest bytea not null,
        bytes bigint not null,
        up_to timestamptz,
        instant timestamptz not null,
        counts jsonb not null,
        deleted bigint not null,
        rejected bigint not null,
        primary key (feed, sequence)
      )`);
    await runner.query('create index batch_watermark on feed.batch (feed, instant)');
    await runner.query(`
      create table feed.rejected_line (
        feed text collate "C" not null,
        sequence bigint not null,
        ordinal integer not null,
        line bigint not null,
        reason text not null,
        reference text,
        primary key (feed, sequence, ordinal),
        foreign key (feed, sequence) references feed.batch (feed, sequence) on delete cascade
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema feed cascade');
  }
}
