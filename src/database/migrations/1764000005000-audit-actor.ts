import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who acts: an app, an operator or the service itself. So far it followed from the action alone. */
export class AuditActor1764000005000 implements MigrationInterface {
  name = 'AuditActor1764000005000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table audit.event add column actor text');
    await runner.query(`
      update audit.event
      set actor = case when action like 'app.%' or action like 'group.%' then 'operator'
                       when action = 'export.expired' then 'service'
                       else 'app' end`);
    await runner.query(`
      alter table audit.event
        alter column actor set not null,
        add constraint event_actor check (actor in ('app', 'operator', 'service'))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table audit.event drop column actor');
  }
}
