import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operators who are signed in to the console. The secret of a session is kept nowhere but in its cookie. */
export class OperatorSessions1764240000000 implements MigrationInterface {
  name = 'OperatorSessions1764240000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.operator_session (
        digest text collate "C" primary key,
        name text not null,
        expires_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table auth.operator_session');
  }
}
