import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who changed or took what, and when. Rows are only ever added. */
export class Audit1764000004000 implements MigrationInterface {
  name = 'Audit1764000004000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema audit');
    await runner.query(`
      create table audit.event (
        id bigint generated always as identity,
        at timestamptz not null,
        action text not null,
        outcome text not null,
        app_id text collate "C",
        job_id uuid,
        group_id text collate "C",
        request_id text,
        detail jsonb not null default '{}',
        constraint event_pkey primary key (id),
        constraint event_outcome check (outcome in ('success', 'refused'))
      )`);
    await runner.query('create index event_at on audit.event (at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop schema audit cascade');
  }
}
