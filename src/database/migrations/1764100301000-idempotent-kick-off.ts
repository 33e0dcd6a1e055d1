import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A kick-off with an Idempotency-Key is one export, however often it is sent. */
export class IdempotentKickOff1764100301000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table export.job
        add column idempotency_key text collate "C",
        add column request_hash bytea,
        add constraint job_idempotency check ((idempotency_key is null) or (request_hash is not null))`);
    await runner.query(
      `create unique index job_idempotency_key on export.job (app_id, idempotency_key)
       where idempotency_key is not null and state not in ('cancelled', 'expired')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop index export.job_idempotency_key');
    await runner.query(
      'alter table export.job drop column idempotency_key, drop column request_hash',
    );
  }
}
