import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit record tells how exports end: one that fails is neither a success nor refused. */
export class FailedExports1764215000000 implements MigrationInterface {
  name = 'FailedExports1764215000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table audit.event drop constraint event_outcome');
    await runner.query(`
      alter table audit.event
        add constraint event_outcome check (outcome in ('success', 'refused', 'failed'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`update audit.event set outcome = 'refused' where outcome = 'failed'`);
    await runner.query('alter table audit.event drop constraint event_outcome');
    await runner.query(`
      alter table audit.event add constraint event_outcome check (outcome in ('success', 'refused'))`);
  }
}
