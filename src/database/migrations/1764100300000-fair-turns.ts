import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Parts of different jobs take turns, weighted per app. */
export class FairTurns1764100300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.app
        add column weight smallint not null default 1,
        add constraint app_weight check (weight between 1 and 100)`);
    await runner.query(`
      create table export.turn (
        app_id text collate "C" not null,
        started double precision not null,
        taken double precision not null,
        constraint turn_pkey primary key (app_id)
      )`);
    await runner.query(
      'alter table export.part add column turn_at timestamptz not null default now()',
    );
    await runner.query('drop index export.part_open');
    await runner.query(
      `create index part_due on export.part (job_id, estimated_bytes desc, id) where state = 'pending'`,
    );
    await runner.query(`create index part_running on export.part (job_id) where state = 'running'`);
    await runner.query('create index part_turn on export.part (job_id, turn_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index export.part_turn, export.part_running, export.part_due');
    await runner.query(
      `create index part_open on export.part (not_before) where state in ('pending', 'running')`,
    );
    await runner.query('alter table export.part drop column turn_at');
    await runner.query('drop table export.turn');
    await runner.query('alter table auth.app drop column weight');
  }
}
