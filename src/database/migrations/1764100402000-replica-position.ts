import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The position in the WAL that a replica must have replayed before parts of an export may read it. */
export class ReplicaPosition1764100402000 implements MigrationInterface {
  name = 'ReplicaPosition1764100402000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job add column replica_position pg_lsn');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table export.job drop column replica_position');
  }
}
